"""Set-up installs what the lock names, whatever pip is there and whatever the index has had since."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery import package_index
from tests.house import ROOT

# The pip that the first release of each supported Python brought along; 22.3 does not run on 3.12 and later.
OLDEST_PIP = {
    "22.3": "1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab",
    "23.2.1": "7ccf472345f20d35bdc9d1841ff5f313260c2c33fe417f48c30ac46cccabf5be",
}
BROKEN_UV = {"uv-0.0.data/scripts/uv": b"#!/bin/sh\nexit 1\n"}
INSTALLER = re.compile(
    r"(?:\bpip\b[^#\n]*\binstall|\bpip_install|\bpip (?:sync|compile)|\bnpm (?:ci|install|add|i)\b|\bnpx\b|\buvx\b"
    r"|\buv (?:add|sync|run|tool)\b).*"
)
FILES_THAT_INSTALL = ["Makefile", "Dockerfile", "web/Dockerfile", "scripts/install-packages", ".ci/run"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that is newer than the lock."""
    index = tmp_path_factory.mktemp("index")
    package_index.write_small_packages(index)
    for name in ("uv", "setuptools"):
        package_index.repack(index, name)
    return index


class Checkout:
    """A checkout whose packages come from the index of the tests."""

    def __init__(self, folder: Path, index: str, cache: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = kept | {
            "UV_DEFAULT_INDEX": index,
            "PIP_INDEX_URL": index,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "UV_CACHE_DIR": str(cache),
        }

    def make(self, target: str = "setup", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a target of the Makefile with this Python; the result holds what it printed."""
        command = ["make", target, f"PYTHON={sys.executable}"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment | environment, text=True, capture_output=True, check=False
        )

    def installed(self) -> dict[str, str]:
        """Name and version of every package in the virtual environment."""
        listed = subprocess.run(
            [self.folder / ".venv/bin/python", "-c", LIST], text=True, capture_output=True, check=True
        )
        return dict(line.split("==") for line in listed.stdout.split())


LIST = "import importlib.metadata as m\nfor d in m.distributions(): print(f'{d.name}=={d.version}')"
LOCKED = {"alpha": "1.0", "beta": "1.0", "sample": "1.0"}


@pytest.fixture
def checkout(packages: Path, tmp_path: Path) -> Iterator[Checkout]:
    """A checkout in which nothing was set up yet."""
    folder = tmp_path.resolve() / "checkout"
    package_index.write_checkout(folder, packages)
    with package_index.serve(packages) as address:
        yield Checkout(folder, address, tmp_path / "cache")


@pytest.fixture(scope="module")
def oldest_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the oldest pip that runs on this Python."""
    folder = tmp_path_factory.mktemp("pip")
    version = "22.3" if sys.version_info < (3, 12) else "23.2.1"
    wanted = folder / "pip.txt"
    wanted.write_text(f"pip=={version} --hash=sha256:{OLDEST_PIP[version]}\n")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "--target", str(folder), "--requirement", str(wanted)], check=True)
    return folder


def test_uv_installs_the_lock_from_an_index_with_newer_releases(checkout: Checkout) -> None:
    made = checkout.make()

    assert made.returncode == 0, made.stderr
    assert LOCKED.items() <= checkout.installed().items()
    assert "so pip does" not in made.stderr


def test_the_oldest_pip_installs_the_lock_where_uv_does_not_start(
    checkout: Checkout, packages: Path, oldest_pip: Path
) -> None:
    _let_uv_be_broken(checkout, packages)

    made = checkout.make(PYTHONPATH=str(oldest_pip))

    assert made.returncode == 0, made.stderr
    assert "so pip does" in made.stderr
    assert LOCKED.items() <= checkout.installed().items()


def test_the_oldest_pip_fails_on_this_index_when_it_resolves(
    checkout: Checkout, packages: Path, oldest_pip: Path
) -> None:
    _let_uv_be_broken(checkout, packages)
    script = checkout.folder / "scripts" / "install-packages"
    script.write_text(script.read_text().replace("--no-deps", ""))

    made = checkout.make(PYTHONPATH=str(oldest_pip))

    assert made.returncode != 0
    assert "all requirements must have their versions pinned" in made.stderr


def test_a_package_with_other_bytes_than_the_locked_ones_is_refused(checkout: Checkout) -> None:
    lock = checkout.folder / "requirements" / "dev.txt"
    lock.write_text(re.sub(r"(alpha==1.0 --hash=sha256:)\w+", r"\g<1>" + "0" * 64, lock.read_text()))

    made = checkout.make()

    assert made.returncode != 0
    assert not (checkout.folder / ".venv" / ".ready").exists()


def test_a_package_that_is_no_longer_locked_is_removed(checkout: Checkout) -> None:
    checkout.make()
    lock = checkout.folder / "requirements" / "dev.txt"
    lock.write_text(
        "".join(line for line in lock.read_text().splitlines(keepends=True) if not line.startswith("alpha"))
    )

    checkout.make()

    assert "alpha" not in checkout.installed()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.make()
    python = checkout.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    made = checkout.make()

    assert made.returncode == 0, made.stderr
    assert LOCKED.items() <= checkout.installed().items()


def test_an_environment_that_moved_is_made_anew(checkout: Checkout) -> None:
    checkout.make()
    moved = checkout.folder.with_name("moved")
    shutil.move(checkout.folder, moved)
    checkout.folder = moved

    made = checkout.make()

    assert made.returncode == 0, made.stderr
    assert (moved / ".venv" / "bin" / "uv").read_bytes()
    assert str(moved) in (moved / ".venv" / "pyvenv.cfg").read_text()


def test_a_set_up_that_is_current_does_nothing(checkout: Checkout) -> None:
    checkout.make()
    ready = checkout.folder / ".venv" / ".ready"
    before = ready.stat().st_mtime_ns

    assert checkout.make().returncode == 0
    assert ready.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "name", [*FILES_THAT_INSTALL, *(f".github/workflows/{p.name}" for p in (ROOT / ".github/workflows").iterdir())]
)
def test_no_installer_resolves_versions(name: str) -> None:
    assert [call for call in _installer_calls((ROOT / name).read_text()) if _resolves(call)] == []


@pytest.mark.parametrize(
    "call",
    [
        "pip install -r requirements/dev.txt",
        "uv pip install -e .",
        "npm install",
        "npx playwright",
        "uv sync",
        "uvx ruff",
    ],
)
def test_a_call_that_resolves_is_found(call: str) -> None:
    assert [_resolves(found) for found in _installer_calls(f"RUN {call}")] == [True]


def test_the_lock_of_uv_and_of_what_runs_agree_with_the_whole() -> None:
    whole = _pins("dev.txt")

    assert _pins("uv.txt").items() <= whole.items()
    assert _pins("runtime.txt").items() <= whole.items()
    assert list(_pins("uv.txt")) == ["uv"]


def _let_uv_be_broken(checkout: Checkout, packages: Path) -> None:
    broken = package_index.write_wheel(packages, "uv", "0.0", dict(BROKEN_UV))
    (checkout.folder / "requirements" / "uv.txt").write_text(package_index.locked(broken))


def _installer_calls(text: str) -> list[str]:
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [found[0] for line in lines if not line.lstrip().startswith("#") for found in INSTALLER.finditer(line)]


def _resolves(call: str) -> bool:
    """Whether an installer's call may choose a version by itself. `make lock` and `make web-lock` write the locks."""
    if call.startswith(("npm ci", "pip_install", "pip compile", "pip sync")):
        return "pip sync" in call and "--require-hashes" not in call
    return "--no-deps" not in call and "--package-lock-only" not in call


def _pins(name: str) -> dict[str, str]:
    """Package and version (with its marker) of every line of a lock."""
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\\\n]+?) *\\?$", text, re.MULTILINE))
