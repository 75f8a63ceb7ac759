"""deploy/roll-out and deploy/rollback, with a `gcloud` and a `curl` that write down what they are asked."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.delivery.test_files import SCHEMA
from tests.house import ROOT

GCLOUD = """#!/usr/bin/env bash
echo "gcloud $*" >> "$ASKED"
case "$*" in
  *"services replace"*|*"jobs replace"*|*"worker-pools replace"*)
    for one in "$@"; do case "$one" in *.yaml) cp "$one" "$KEPT/";; esac; done ;;
  *"jobs execute"*) exit "${MIGRATION_STATUS:-0}" ;;
  *"describe"*"--format json"*)
    echo '{"status": {"traffic": [{"revisionName": "old", "percent": 100},
           {"revisionName": "new", "tag": "candidate", "url": "https://candidate.test"}]}}' ;;
  *"services describe"*) echo "$SERVING" ;;
  *"worker-pools describe"*) echo "nexus-worker-new" ;;
  *"worker-pools revisions list"*) printf 'nexus-worker-new\\nnexus-worker-old\\nnexus-worker-older\\n' ;;
  *"revisions list --service nexus-api"*) printf 'nexus-api-newest\\nnexus-api-new\\nnexus-api-old\\n' ;;
  *"revisions list --service nexus-web"*) printf 'nexus-web-newest\\nnexus-api-new\\nnexus-web-old\\n' ;;
esac
"""
CURL = """#!/usr/bin/env bash
echo "curl ${*: -1}" >> "$ASKED"
exit "${HEALTH_STATUS:-0}"
"""
GIVEN = {
    "REGION": "somewhere",
    "RELEASE": "abc1234",
    "IMAGE": "images.test/nexus:abc1234",
    "WEB_IMAGE": "images.test/nexus-web:abc1234",
    "NETWORK": "inside",
    "SUBNETWORK": "inside-1",
    "SERVICE_ACCOUNT": "nexus@project.test",
    "MIGRATION_SERVICE_ACCOUNT": "nexus-migrate@project.test",
    "WEB_SERVICE_ACCOUNT": "nexus-web@project.test",
    "PAUSE_SECONDS": "0",
    "SERVING": "nexus-api-new",
}


@dataclass
class Cloud:
    """What was asked of it, and the manifests that it was given."""

    folder: Path

    def run(self, script: str, *arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of deploy/ there."""
        path = {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        told = {"ASKED": str(self.folder / "asked"), "KEPT": str(self.folder)}
        command = [str(ROOT / "deploy" / script), *arguments]
        return subprocess.run(
            command, env=path | told | GIVEN | changed, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def asked(self) -> list[str]:
        """The commands that change something or ask for health, in their order, without the region."""
        lines = (self.folder / "asked").read_text(encoding="utf-8").splitlines()
        told = [line.replace(" --region somewhere", "").removeprefix("gcloud run ") for line in lines]
        return [line for line in told if "describe" not in line and " list " not in line]

    def manifest(self, name: str) -> Any:
        """What was given to it."""
        return yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """Nobody's cloud."""
    for name, script in (("gcloud", GCLOUD), ("curl", CURL)):
        (tmp_path / name).write_text(script, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return Cloud(tmp_path)


def verbs(asked: list[str]) -> list[str]:
    """What was asked, in brief: the command and what it is about."""
    return [" ".join(Path(word).name for word in line.split()[:3]) for line in asked]


def test_the_schema_comes_first_then_workers_and_traffic_last(cloud: Cloud) -> None:
    done = cloud.run("roll-out")

    assert done.returncode == 0, done.stderr
    assert verbs(cloud.asked) == [
        "jobs replace migrate.job.yaml",
        "jobs execute nexus-migrate",
        "worker-pools replace worker.pool.yaml",
        "services replace api.service.yaml",
        "curl health",
        "services update-traffic nexus-api",
        "services replace web.service.yaml",
        "curl health",
        "services update-traffic nexus-web",
    ]
    assert cloud.asked[1].endswith("--wait")


@pytest.mark.parametrize("name", ["api.service.yaml", "web.service.yaml", "worker.pool.yaml", "migrate.job.yaml"])
def test_what_is_deployed_is_whole_and_names_this_release(cloud: Cloud, name: str) -> None:
    cloud.run("roll-out")

    written = (cloud.folder / name).read_text(encoding="utf-8").partition("apiVersion")[2]
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(cloud.manifest(name))] == []
    assert "${" not in written
    assert "abc1234" in written


def test_a_new_revision_has_no_traffic_until_it_is_healthy(cloud: Cloud) -> None:
    cloud.run("roll-out")

    assert cloud.manifest("api.service.yaml")["spec"]["traffic"] == [
        {"revisionName": "nexus-api-new", "percent": 100},
        {"revisionName": "nexus-api-abc1234", "percent": 0, "tag": "candidate"},
    ]


def test_the_first_release_has_all_of_it(cloud: Cloud) -> None:
    cloud.run("roll-out", SERVING="")

    traffic = cloud.manifest("api.service.yaml")["spec"]["traffic"]
    assert traffic == [{"revisionName": "nexus-api-abc1234", "percent": 100, "tag": "candidate"}]


def test_a_migration_that_fails_ends_it_before_anything_else_changes(cloud: Cloud) -> None:
    done = cloud.run("roll-out", MIGRATION_STATUS="1")

    assert done.returncode != 0
    assert verbs(cloud.asked)[-1] == "jobs execute nexus-migrate"


def test_a_revision_that_is_not_healthy_gets_no_traffic(cloud: Cloud) -> None:
    done = cloud.run("roll-out", HEALTH_STATUS="22")

    assert done.returncode != 0
    assert "the traffic stays where it is" in done.stderr
    assert not [line for line in cloud.asked if "update-traffic" in line]


def test_a_name_that_is_missing_ends_it_before_anything_is_asked(cloud: Cloud) -> None:
    done = cloud.run("roll-out", IMAGE="")

    assert done.returncode != 0
    assert not (cloud.folder / "asked").exists()


def test_a_rollback_is_one_command_to_the_revision_before(cloud: Cloud) -> None:
    done = cloud.run("rollback")

    assert done.returncode == 0, done.stderr
    assert cloud.asked == [
        "services update-traffic nexus-api --to-revisions nexus-api-old=100",
        "services update-traffic nexus-web --to-revisions nexus-web-old=100",
        "worker-pools update-instance-split nexus-worker --to-revisions nexus-worker-old=100",
    ]


def test_a_rollback_to_a_named_release_goes_there(cloud: Cloud) -> None:
    cloud.run("rollback", "older")

    assert json.dumps(cloud.asked).count("-older=100") == 3


def test_where_there_is_nothing_before_nothing_moves(cloud: Cloud) -> None:
    done = cloud.run("rollback", SERVING="nexus-api-old")

    assert done.returncode != 0
    assert cloud.asked == []
