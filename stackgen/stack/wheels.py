"""Puts the wheels of stackgen beside the Dockerfile of its services, whose image is then built from this very code."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stackgen.findings import StackgenError

#: The record of what the wheels were made from; wheels without it are somebody else's, and are left alone.
_RECORD = ".made-from"

#: redis-py asks for it on Python before 3.11.3. The image's Python may be older than the one that gathers the wheels.
_FOR_OLDER_PYTHONS = ("async-timeout>=4.0.3",)


def stage_wheels(folder: Path) -> bool:
    """Fill `folder` with the wheels of `stackgen[workload]`; True unless they were there already.

    They are of the installed code: for an editable install of its sources, else of its version from the index.
    Raises StackgenError with pip's own reason if they cannot be had.
    """
    requirement, fingerprint = _origin(distribution("stackgen"))
    record = folder / _RECORD
    if record.is_file() and record.read_text(encoding="utf-8") == fingerprint:
        return False
    if not record.is_file() and any(folder.glob("*.whl")):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".wheels-") as scratch:
        fresh = Path(scratch) / "wheels"
        _pip_wheel(fresh, requirement, *_FOR_OLDER_PYTHONS)
        (fresh / ".gitignore").write_text("*\n", encoding="utf-8")
        (fresh / _RECORD).write_text(fingerprint, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return True


def _origin(installed: Distribution) -> tuple[str, str]:
    """What to ask pip for, and a text that changes whenever the answer would."""
    version = installed.version
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    place = urlsplit(origin.get("url", ""))
    if place.scheme != "file":
        return f"stackgen[workload]=={version}", version
    path = Path(unquote(place.path))
    if not path.exists():
        raise StackgenError(f"stackgen was installed from {path}, which is gone; install it again")
    files = _sources(path) if path.is_dir() else (path,)
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return f"stackgen[workload] @ {path.as_uri()}", digest.hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    """The files that end up in the wheel, or say how to make it."""
    yield from (file for name in ("pyproject.toml", "README.md") if (file := project / name).is_file())
    package = sorted((project / "stackgen").rglob("*"))
    yield from (file for file in package if file.is_file() and "__pycache__" not in file.parts)


def _pip_wheel(folder: Path, *requirements: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder), *requirements],
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if "ERROR" in line or "No module" in line]
        reason = lines[0].removeprefix("ERROR: ") if lines else "pip says nothing"
        raise StackgenError(
            f"the wheels for the stack's own services cannot be made: {reason}; "
            f"put those of stackgen[workload] into {folder.parent.parent / 'wheels'} by hand"
        )
