"""The files that deliver the product say what they have to: images, compose, workflows, Cloud Build and Cloud Run."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from nexus.app import STOP_SECONDS
from nexus.config import Settings
from nexus.jobs.shift import LAST_SECONDS
from tests.delivery.told import Mark, green, left_out, red, tell
from tests.house import ROOT

CLOUD_RUN = sorted((ROOT / "deploy" / "cloudrun").glob("*.yaml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
SCHEMA = json.loads((ROOT / "tests" / "delivery" / "cloudrun.schema.json").read_text(encoding="utf-8"))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
TARGET = re.compile(r"\bmake ([a-z-]+(?: [a-z-]+)*)")
KILLED_AFTER = 10  # seconds, by Cloud Run and by compose.yaml
IN_THE_IMAGE = re.compile(r"\b(NEXUS_\w+)=production\b")
IN_DOCKERIGNORE = re.compile(r"^!(\S+)$", re.MULTILINE)
# The first release of each action that runs on Node 24: runners have no Node 20 any more.
ON_NODE_24 = {"actions/checkout": 5, "actions/setup-python": 6, "actions/upload-artifact": 6, "actions/cache": 5}
OF_THE_WEB = {"web-check", "web-test", "web-build"}


def read(path: Path) -> Any:
    """A YAML file, with its placeholders filled in as deploy/roll-out would."""
    return yaml.safe_load(re.sub(r"\$\{[A-Z_]+\}", "abc1234", path.read_text(encoding="utf-8")))


def containers(manifest: Any) -> list[Any]:
    """The containers of a manifest, however deep they lie."""
    spec = manifest["spec"]["template"]["spec"]
    found: list[Any] = spec["template"]["spec"]["containers"] if "template" in spec else spec["containers"]
    return found


def steps(workflow: Any) -> list[Any]:
    """Every step of every job."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", CLOUD_RUN, ids=lambda path: path.name)
def test_a_manifest_is_what_cloud_run_takes(path: Path) -> None:
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(read(path))] == []


@pytest.mark.parametrize("path", CLOUD_RUN, ids=lambda path: path.name)
def test_every_variable_comes_from_where_secrets_are_kept(path: Path) -> None:
    variables = [one for container in containers(read(path)) for one in container["env"]]

    assert [one["name"] for one in variables if "secretKeyRef" not in one.get("valueFrom", {})] == []


@pytest.mark.parametrize("path", CLOUD_RUN, ids=lambda path: path.name)
def test_a_value_that_stands_in_a_manifest_is_refused(path: Path) -> None:
    manifest = read(path)
    containers(manifest)[0]["env"].append({"name": "NEXUS_LOG_LEVEL", "value": "INFO"})

    assert not Draft202012Validator(SCHEMA).is_valid(manifest)


def test_api_and_worker_are_given_what_they_refuse_to_start_without() -> None:
    needed = {f"NEXUS_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    needed.add("NEXUS_METRICS_TOKEN")
    needed -= set(IN_THE_IMAGE.findall((ROOT / "Dockerfile").read_text(encoding="utf-8")))

    for name in ("api.service.yaml", "worker.pool.yaml"):
        given = {one["name"] for one in containers(read(ROOT / "deploy/cloudrun" / name))[0]["env"]}
        assert needed - given == set()
        assert "NEXUS_MIGRATION_DATABASE_URL" not in given


def test_workers_are_always_on_and_have_their_processor() -> None:
    pool = read(ROOT / "deploy/cloudrun/worker.pool.yaml")

    told = pool["metadata"]["annotations"]
    assert (pool["kind"], told["run.googleapis.com/scalingMode"]) == ("WorkerPool", "manual")
    assert int(told["run.googleapis.com/manualInstanceCount"]) >= 1


def test_the_api_has_probes_and_its_processor_after_an_answer() -> None:
    api = read(ROOT / "deploy/cloudrun/api.service.yaml")

    container = containers(api)[0]
    paths = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")]
    assert paths == ["/health", "/health/live"]
    assert api["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/cpu-throttling"] == "false"


def test_every_process_stops_before_it_is_killed() -> None:
    compose = read(ROOT / "compose.yaml")

    assert max(STOP_SECONDS, LAST_SECONDS) < KILLED_AFTER
    assert {compose["services"][name]["stop_grace_period"] for name in ("api", "worker")} == {f"{KILLED_AFTER}s"}


def test_the_image_is_made_of_a_written_list() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert "\n*\n" in ignored
    assert set(IN_DOCKERIGNORE.findall(ignored)) == set(copied) == {"nexus", "migrations", "requirements/runtime.txt"}


@pytest.mark.parametrize("name", ["Dockerfile", "web/Dockerfile"])
def test_an_image_runs_as_nobody_in_particular_and_is_built_elsewhere(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert sum(line.startswith("FROM") for line in lines) == 2
    assert [line for line in last if re.match(r"USER [1-9][0-9]+$", line)]
    assert not [line for line in last if re.search(r"\b(pip|npm|apt-get|gcc)\b", line)]


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    written = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert all(one in written for one in ("--require-hashes", "--only-binary :all:", "--no-deps -r runtime.txt"))


def test_compose_migrates_before_anything_that_needs_the_schema() -> None:
    services = read(ROOT / "compose.yaml")["services"]

    for name in ("api", "worker"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["web"]["depends_on"]["api"] == {"condition": "service_healthy"}
    assert all("healthcheck" in services[name] for name in ("postgres", "redis", "api"))
    assert {services[name]["command"][0] for name in ("migrate", "api", "worker")} == {"migrate", "api", "worker"}


def test_compose_opens_nothing_to_the_network_and_holds_no_secret() -> None:
    services = read(ROOT / "compose.yaml")["services"]
    written = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    published = [port for one in services.values() for port in one.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    empty_or_elsewhere = r'(?!\$\{|""\n)'
    assert re.findall(rf"(?:PASSWORD|SECRET\w*|KEYS?|TOKEN): {empty_or_elsewhere}\S+", written) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_have_the_least_rights(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert [step["uses"] for step in steps(workflow) if "uses" in step and not PINNED.fullmatch(step["uses"])] == []
    assert workflow["permissions"] == {}
    assert {tuple(job["permissions"].items()) for job in workflow["jobs"].values()} == {(("contents", "read"),)}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_run_what_anybody_can_run(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        target
        for step in steps(yaml.safe_load(path.read_text(encoding="utf-8")))
        for line in TARGET.findall(step.get("run", ""))
        for target in line.split()
    }

    assert asked - targets - OF_THE_WEB == set()
    assert {"health-check", "migration-check", "security", "check", "test", "image-check", "sbom"} <= asked


def test_only_a_pull_request_replaces_a_run_and_the_night_looks_for_advisories_alone() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yaml").read_text(encoding="utf-8"))

    concurrency = workflow["concurrency"]
    assert concurrency["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert "github.event_name == 'pull_request' && github.ref || github.run_id" in concurrency["group"]
    at_night = {name for name, job in workflow["jobs"].items() if job.get("if") != "github.event_name != 'schedule'"}
    assert at_night == {"security"}


def test_actions_run_on_a_node_that_runners_still_have() -> None:
    written = (ROOT / ".github/workflows/check.yaml").read_text(encoding="utf-8")

    majors = {name: int(major) for name, major in re.findall(r"uses: (\S+)@\S+ # v(\d+)\.", written)}
    assert majors.keys() == ON_NODE_24.keys()
    assert {name for name, major in majors.items() if major < ON_NODE_24[name]} == set()


def test_the_suite_runs_on_every_python_that_we_promise() -> None:
    suite = yaml.safe_load((ROOT / ".github/workflows/check.yaml").read_text(encoding="utf-8"))["jobs"]["suite"]

    assert suite["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def test_zizmor_finds_no_weakness_in_the_workflows() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--no-progress", "--quiet", str(ROOT / ".github")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [*CLOUD_RUN, ROOT / "deploy/cloudbuild.yaml", ROOT / "compose.yaml"], ids=str)
def test_no_registry_stands_in_the_repository(path: Path) -> None:
    assert re.findall(r"\b[\w-]+\.(?:pkg\.dev|gcr\.io|docker\.io|ghcr\.io)\b", path.read_text(encoding="utf-8")) == []


def test_a_red_check_ends_with_1_and_what_was_left_out_only_where_it_was_wanted() -> None:
    here, wanted = left_out("audit", "no network", wanted=False), left_out("audit", "no network", wanted=True)

    assert (here.mark, wanted.mark) == (Mark.LEFT_OUT, Mark.RED)
    assert [tell([one]) for one in (green("a"), red("b", "why"), here, wanted)] == [0, 1, 0, 1]
