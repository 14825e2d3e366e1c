"""The servers' programs: of this machine's release, and those of which Debian's testing branch has newer ones."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located, locate
from stackgen.stack.packages import cache_folder
from tests.conftest import require

_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"

# The packages of testing need testing's own libraries, down to the C library, and nothing of this machine's state.
_CONFIGURATION = """\
Dir::State "{folder}/state";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "-";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


@cache
def program(key: str) -> Located:
    """`redis-server` or `memcached`, of PATH or of this machine's release."""
    try:
        return locate(key, lambda _: None)
    except StackgenError as error:
        require(condition=False, reason=str(error))
        raise


def newest_redis() -> Located:
    """Redis 8 or later."""
    return newest("redis-server", "debian-testing-redis")


def newest_redis_exporter() -> Located:
    """redis_exporter 1.86 or later."""
    return newest("prometheus-redis-exporter", "debian-testing-redis-exporter")


@cache
def newest(package: str, name: str) -> Located:
    """A package's program as Debian's testing branch has it, with its libraries, unpacked into the user's cache."""
    folder = cache_folder() / "packages" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".testing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            problem = _unpack(folder, package)
            require(not problem, f"{package} is missing: {problem}; it comes from Debian's testing branch by apt-get")
        start = folder / package
        if not start.exists():
            _write_start(folder, start)
    return Located(start)


def _write_start(folder: Path, start: Path) -> None:
    """A script that starts the program with its own loader and libraries; complete or not there at all.

    It is written once: a file that somebody has open to write cannot be executed, and others may be at it.
    """
    loader = next(folder.glob("usr/lib*/ld-linux-*"), None) or next(folder.glob("usr/lib*/*/ld-linux-*"))
    libraries = ":".join(sorted({str(file.parent) for file in folder.glob("usr/lib/**/*.so.*")}))
    written = start.with_suffix(".new")
    written.write_text(
        f'#!/bin/sh\nexec "{loader}" --library-path "{libraries}" "{folder}/usr/bin/{start.name}" "$@"\n',
        encoding="utf-8",
    )
    written.chmod(0o755)
    written.rename(start)


def _unpack(folder: Path, package: str) -> str:
    """Download and unpack a package and all that it depends on; says why that is not possible, if it is not."""
    if shutil.which("apt-get") is None:
        return "this machine has no apt-get"
    mirror = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Component: main")
    archive = next((line for line in mirror.stdout.splitlines() if line.endswith("/debian/")), "")
    if not archive:
        return "this machine's apt sources have no Debian archive"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as scratch:
        work = Path(scratch)
        for name in ("state/lists/partial", "cache/archives/partial", "tree"):
            (work / name).mkdir(parents=True)
        (work / "state/status").touch()
        (work / "sources.list").write_text(f"deb [signed-by={_KEYS}] {archive} testing main\n", encoding="utf-8")
        configuration = work / "apt.conf"
        configuration.write_text(_CONFIGURATION.format(folder=work), encoding="utf-8")
        for words in (("update",), ("install", "--download-only", package)):
            answer = _run("apt-get", "-q", "-c", str(configuration), *words)
            if answer.returncode != 0:
                return (answer.stderr.strip() or answer.stdout.strip()).splitlines()[-1]
        for archive_file in sorted((work / "cache/archives").glob("*.deb")):
            answer = _run("dpkg-deb", "--extract", str(archive_file), str(work / "tree"))
            if answer.returncode != 0:
                return answer.stderr.strip()
        (work / "tree").rename(folder)
    return ""


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
