"""The floors of the house: import-linter's contracts hold, and each of them finds what it is there to find."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from grimp import ImportGraph

from tests.architecture.sources import copy_product, lint_imports
from tests.house import ROOT

UPWARDS = "from nexus.jobs import services\n"

PLANTED = [
    pytest.param("nexus/core/planted.py", UPWARDS, "The floors", id="an upward import"),
    pytest.param("nexus/credits/planted.py", "import nexus.webhooks\n", "The floors", id="a sibling's import"),
    pytest.param("nexus/jobs/models.py", UPWARDS, "The rooms of a domain", id="a model that knows a service"),
    pytest.param("nexus/jobs/services.py", "import nexus.config\n", "Settings are read", id="a service with settings"),
    pytest.param("nexus/worker.py", "import nexus.local.ports\n", "What runs on one machine", id="a worker at home"),
    pytest.param("nexus/audit/services.py", "import fastapi\n", "Services, models,", id="a service with routes"),
    pytest.param("nexus/job_types/planted.py", "import starlette\n", "Services, models,", id="a job type with routes"),
    pytest.param("nexus/jobs/sweep.py", "import arq\n", "ARQ is known", id="a second doorbell"),
    pytest.param("nexus/accounts/google.py", "import google.genai\n", "The libraries of Google", id="a second model"),
    pytest.param("nexus/credits/usage.py", "import stripe\n", "Stripe is known", id="a second till"),
    pytest.param("nexus/core/door.py", "import sentry_sdk\n", "Sentry and", id="a door that always loads Sentry"),
    pytest.param("nexus/core/tracing.py", "import opentelemetry.trace\n", "Sentry and", id="traces that always load"),
]


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    """Who imports whom."""
    return grimp.build_graph("nexus", cache_dir=None)


def find_circle(graph: ImportGraph) -> list[str]:
    """Modules that import each other in a circle, or none."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_every_import_keeps_to_the_floors() -> None:
    found = lint_imports(ROOT)

    assert found.returncode == 0, found.stdout + found.stderr


def test_no_modules_import_each_other_in_a_circle(graph: ImportGraph) -> None:
    assert find_circle(graph) == []


def test_a_planted_circle_is_found() -> None:
    planted = grimp.build_graph("nexus", cache_dir=None)
    planted.add_import(importer="nexus.core.db", imported="nexus.core.preflight")

    circle = find_circle(planted)

    assert {"nexus.core.db", "nexus.core.preflight"} <= set(circle)


@pytest.mark.parametrize(("path", "line", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, path: str, line: str, contract: str) -> None:
    folder = copy_product(tmp_path)
    (folder / "nexus" / "webhooks").mkdir(exist_ok=True)
    (folder / "nexus" / "webhooks" / "__init__.py").touch()
    with (folder / path).open("a", encoding="utf-8") as file:
        file.write(line)

    found = lint_imports(folder)

    broken = [row for row in found.stdout.splitlines() if " BROKEN" in row]
    assert found.returncode == 1, found.stdout + found.stderr
    assert any(row.startswith(contract) for row in broken), found.stdout


def test_an_unknown_folder_is_refused(tmp_path: Path) -> None:
    folder = copy_product(tmp_path)
    (folder / "nexus" / "novelties").mkdir()
    (folder / "nexus" / "novelties" / "__init__.py").touch()

    found = lint_imports(folder)

    assert found.returncode == 1
    assert "novelties" in found.stdout
