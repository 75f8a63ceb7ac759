"""
A package index on loopback and a small checkout whose lock is older than the index.

`alpha` needs `beta[extra]`, and `beta` has had a release since the lock was written: an installer that resolves names
fails on such a lock or takes what is not in it (pip before 23.3 does the first).
"""

import base64
import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

from tests.house import ROOT

PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "sample"
version = "1.0"
[tool.setuptools]
py-modules = []
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"


def write_wheel(index: Path, name: str, version: str, files: dict[str, bytes], *, tag: str = "py3-none-any") -> Path:
    """Write a wheel of these files to the index and return its path; `files` may hold its METADATA."""
    metadata = f"{name}-{version}.dist-info"
    files.setdefault(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode())
    files[f"{metadata}/WHEEL"] = WHEEL.format(tag=tag).encode()
    digests = (
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')},{len(content)}"
        for path, content in files.items()
    )
    record = f"{metadata}/RECORD"
    files[record] = "\n".join([*digests, f"{record},,", ""]).encode()
    wheel = index / "simple" / name / f"{name}-{version}-{tag}.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, content)
    return wheel


def repack(index: Path, name: str) -> Path:
    """Write the wheel of a package that is installed here to the index."""
    installed = distribution(name)
    files = {}
    for path in installed.files or ():
        target = f"{name}-{installed.version}.data/scripts/{path.name}" if "bin" in path.parts[:4] else str(path)
        if path.suffix != ".pyc" and path.name not in {"RECORD", "WHEEL", "INSTALLER", "REQUESTED", "direct_url.json"}:
            files[target] = Path(str(path.locate())).read_bytes()
    return write_wheel(index, name, installed.version, files)


def write_small_packages(index: Path) -> None:
    """Write `alpha`, which needs an extra of `beta`, and two releases of `beta`."""
    needs = b"Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nRequires-Dist: beta[extra]\n"
    write_wheel(index, "alpha", "1.0", {"alpha.py": b"", "alpha-1.0.dist-info/METADATA": needs})
    for version in ("1.0", "2.0"):
        offers = f"Metadata-Version: 2.1\nName: beta\nVersion: {version}\nProvides-Extra: extra\n".encode()
        write_wheel(index, "beta", version, {"beta.py": b"", f"beta-{version}.dist-info/METADATA": offers})


def locked(wheel: Path) -> str:
    """The line of a lock that names this wheel."""
    name, version, *_ = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def write_checkout(folder: Path, index: Path) -> None:
    """Write a checkout with the product's own Makefile and installer, and a lock of the index's older packages."""
    (folder / "requirements").mkdir(parents=True)
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "scripts" / "install-packages", folder / "scripts")
    (folder / "pyproject.toml").write_text(PROJECT)
    wheels = {wheel.name.split("-")[0]: wheel for wheel in index.glob("simple/*/*-*.whl") if "-2.0-" not in wheel.name}
    (folder / "requirements" / "uv.txt").write_text(locked(wheels["uv"]))
    (folder / "requirements" / "dev.txt").write_text("".join(map(locked, wheels.values())))


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(index: Path) -> Iterator[str]:
    """Serve the index on loopback; the value is its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(index))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
