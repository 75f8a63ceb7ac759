"""What rules, dashboard and runbook say of metrics and alerts, read without any tool of theirs."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase

from nexus.core import metrics
from tests.house import ROOT

FOLDER = ROOT / "deploy" / "observability"
RUNBOOK = ROOT / "docs" / "runbook.md"
NAME = re.compile(r"\bnexus_[a-z_0-9]+")
SELECTED = re.compile(r"\b(nexus_[a-z_0-9]+)\{([^}]*)\}")
LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
ROLES = {"nexus_app", "nexus_system"}  # of PostgreSQL: values of a label, and no metrics
OF_PROMETHEUS = {"instance", "job", "le"}
PARAGRAPH = re.compile(r"^\*\*`(nexus_[a-z_0-9]+)`\*\* ", re.MULTILINE)
PAGE = re.compile(r"^### (Nexus\w+)\n\n```sh\n(?:.+\n)+```\n\n\S", re.MULTILINE)


def in_code() -> dict[str, tuple[str, ...]]:
    """Every metric by the name that Prometheus shows, with its labels."""
    found = {}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            (family,) = one.collect()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = tuple(vars(one)["_labelnames"])
    return found


def rules(text: str) -> list[dict[str, Any]]:
    """Every rule of a rules file."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every alert that there is."""
    return [rule for rule in rules((FOLDER / "alerts.yaml").read_text()) if "alert" in rule]


def dashboard() -> Any:
    """The dashboard."""
    return json.loads((FOLDER / "dashboard.json").read_text())


def expressions(panel: Any) -> list[str]:
    """What a panel asks."""
    return [target["expr"] for target in panel.get("targets", [])]


def unknown(text: str, known: dict[str, tuple[str, ...]]) -> set[str]:
    """Metrics and labels that a text names and nobody has."""
    bare = {name: metric_of(name, known) for name in set(NAME.findall(text)) - ROLES}
    missing = {name for name, base in bare.items() if base is None}
    for name, selectors in SELECTED.findall(text):
        base = metric_of(name, known)
        labels = set(LABEL.findall(selectors)) - OF_PROMETHEUS - set(known.get(base or "", ()))
        missing |= {f"{name}{{{label}}}" for label in labels if base}
    return missing


def metric_of(name: str, known: dict[str, tuple[str, ...]]) -> str | None:
    """The metric that a sample belongs to; None: there is none."""
    for base in (name, *(name.removesuffix(part) for part in ("_bucket", "_sum", "_count"))):
        if base in known:
            return base
    return None


def paragraphs(text: str) -> list[str]:
    """The metrics that a runbook has a paragraph for."""
    return PARAGRAPH.findall(text)


def pages(text: str) -> list[str]:
    """The alerts that a runbook has a page for: a command first, then the reasons."""
    return PAGE.findall(text)


def all_files() -> list[Path]:
    """What names metrics beside the code."""
    return sorted(FOLDER.iterdir())
