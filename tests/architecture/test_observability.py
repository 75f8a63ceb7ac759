"""Metrics, alerts, dashboard and runbook agree, both ways; and Prometheus' own tool finds the rules in order."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from nexus.core import metrics
from tests.architecture.observability import (
    FOLDER,
    RUNBOOK,
    alerts,
    all_files,
    dashboard,
    expressions,
    in_code,
    pages,
    paragraphs,
    unknown,
)

NAMES_SOMEBODY = {"organisation_id", "organisation", "org_id", "org", "user_id", "user", "email", "path", "id"}
FURTHEST = 2.5
PROMTOOL = shutil.which("promtool")
WITHOUT = "promtool is not here (Debian: apt-get install prometheus): the rules were read by our own parser alone"
DRILLS = (
    *("PostgreSQL away", "Redis away", "A provider away", "A stuck queue", "A wrong balance"),
    *("A leaked key", "Restore from backup"),
)


def test_every_metric_has_its_paragraph_and_no_other_has() -> None:
    written = paragraphs(RUNBOOK.read_text())

    assert sorted(written) == sorted(in_code())


def test_every_alert_has_its_page_and_no_other_has() -> None:
    assert sorted(pages(RUNBOOK.read_text())) == sorted(alert["alert"] for alert in alerts())


def test_a_paragraph_and_a_page_that_are_missing_are_noticed() -> None:
    assert paragraphs("**`nexus_a`** counts.\n`nexus_b` is named.") == ["nexus_a"]
    assert pages("### NexusA\n\n```sh\nlook\n```\n\nWhy.\n\n### NexusB\n\nNo command.\n") == ["NexusA"]


@pytest.mark.parametrize("drill", DRILLS)
def test_every_drill_is_written_with_a_command_first(drill: str) -> None:
    _, found, after = RUNBOOK.read_text().partition(f"### {drill}\n\n")

    assert found
    assert after.startswith(("```sh\n", "| what leaked | do"))


def test_every_alert_says_how_bad_it_is_what_it_is_and_where_its_page_is() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{alert['alert'].lower()}"


@pytest.mark.parametrize("path", all_files(), ids=lambda path: path.name)
def test_whatever_names_a_metric_or_a_label_names_one_that_exists(path: Path) -> None:
    assert unknown(path.read_text(), in_code()) == set()


def test_a_metric_or_a_label_that_does_not_exist_is_found() -> None:
    known = {"nexus_requests_total": ("status",), "nexus_seconds": ()}

    told = 'rate(nexus_requests_total{state="5"}[5m]) + nexus_seconds_bucket{le="1"} + nexus_gone'

    assert unknown(told, known) == {"nexus_requests_total{state}", "nexus_gone"}


def test_every_metric_of_ours_is_seen_on_the_dashboard() -> None:
    asked = " ".join(one for panel in dashboard()["panels"] for one in expressions(panel))

    assert [name for name in in_code() if name not in asked] == []


def test_the_dashboards_panels_have_ids_of_their_own_and_lie_beside_each_other() -> None:
    panels = dashboard()["panels"]
    taken = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def test_no_label_can_name_an_organisation_a_person_or_a_path() -> None:
    assert {name: labels for name, labels in in_code().items() if NAMES_SOMEBODY & set(labels)} == {}


def test_quantiles_of_requests_are_off_by_no_more_than_promised() -> None:
    assert all(after / before <= FURTHEST for before, after in pairwise(metrics.FAST_BUCKETS))
    assert metrics.FAST_BUCKETS[0] <= 0.001
    assert metrics.FAST_BUCKETS[-1] >= 10


@pytest.mark.skipif(PROMTOOL is None, reason=WITHOUT)
@pytest.mark.parametrize(
    "check",
    [
        ("check", "rules", "alerts.yaml"),
        ("test", "rules", "alerts_test.yaml"),
        ("check", "config", "--syntax-only", "prometheus.yaml"),
    ],
    ids=" ".join,
)
def test_prometheus_own_tool_finds_it_in_order(check: tuple[str, ...]) -> None:
    done = subprocess.run([PROMTOOL or "", *check], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason=WITHOUT)
def test_a_rule_that_never_fires_is_found_by_its_test(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    rules = (tmp_path / "alerts.yaml").read_text()
    (tmp_path / "alerts.yaml").write_text(rules.replace("nexus_database_up) == 0", "nexus_database_up) == 2"))

    command = [PROMTOOL or "", "test", "rules", "alerts_test.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode != 0
