"""apt without root: the machine's own sources and keys, but a private state that leaves the machine's as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from stackgen.findings import StackgenError

# Read after the machine's own configuration. The hooks cleared here belong to the system's state: those of container
# images would delete the system's archives.
_CONFIGURATION = """\
Dir::Cache "{folder}/cache";
Dir::Cache::archives "archives/";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Debug::NoLocking "true";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""

#: What apt says, and what it means for the reader.
_REASONS = (
    (("no space left", "enough free space", "disk quota"), "there is no space left to unpack it under {folder}"),
    (
        ("temporary failure resolving", "could not resolve", "could not connect", "unable to connect", "timed out"),
        "its package cannot be fetched without a network",
    ),
    (("network is unreachable", "connection failed"), "its package cannot be fetched without a network"),
)


class Apt:
    """apt with its state in `folder`; what it is asked for is looked up in one set of package lists after the other.

    First in the machine's, which may be missing or name versions that are gone since; then in our own in `lists`,
    which stay there for the next program; then in those fetched anew.
    """

    def __init__(self, folder: Path, lists: Path) -> None:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise StackgenError("this machine has no apt-get to fetch it with")
        self._folder = folder
        self._lists = lists
        self._own_lists = False
        self._updated = False
        self._configuration = folder / "apt.conf"
        for path in (folder / "cache/archives/partial", folder / "archives", lists / "partial"):
            path.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")

    def first(self, packages: Sequence[str]) -> str:
        """The first of the packages that the machine's sources hold."""
        while True:
            for package in packages:
                if self._run("apt-cache", "show", "--no-all-versions", package).returncode == 0:
                    return package
            if not self._try_other_lists():
                raise StackgenError(f"this machine's package sources hold no {' or '.join(packages)}")

    def download(self, packages: Sequence[str]) -> tuple[Path, ...]:
        """The archives of the packages, their signatures and checksums verified by apt."""
        target = self._folder / "archives"
        while (answer := self._run("apt-get", "download", *packages, directory=target)).returncode != 0:
            if not self._try_other_lists():
                raise StackgenError(explain(answer.stderr, self._folder.parent))
        return tuple(sorted(target.glob("*.deb")))

    def unpack(self, archive: Path, tree: Path) -> None:
        """Lay out an archive's files under `tree`, run none of its scripts, and remove the archive."""
        answer = self._run("dpkg-deb", "--extract", str(archive), str(tree))
        if answer.returncode != 0:
            raise StackgenError(explain(answer.stderr, self._folder.parent))
        archive.unlink()

    def dependencies(self, packages: Sequence[str]) -> tuple[str, ...]:
        """The packages that these ones depend on, without virtual ones."""
        answer = self._run("apt-cache", "depends", "--important", *packages)
        lines = (line.strip().lstrip("|") for line in answer.stdout.splitlines())
        named = (line.partition(": ") for line in lines)
        found = (name for kind, _, name in named if kind in {"Depends", "PreDepends"} and not name.startswith("<"))
        return tuple(dict.fromkeys(found))

    def installed(self, package: str) -> bool:
        """Whether the package is installed on the machine."""
        answer = self._run("dpkg-query", "--show", "--showformat=${db:Status-Status}", package)
        return answer.stdout.startswith("installed")

    def files(self, package: str) -> frozenset[str]:
        """The paths of all files of an installed package."""
        return frozenset(self._run("dpkg-query", "--listfiles", package).stdout.splitlines())

    def _try_other_lists(self) -> bool:
        """Go on to the next set of package lists; False if there is none left."""
        if not self._own_lists:
            self._own_lists = True
            with self._configuration.open("a", encoding="utf-8") as file:
                file.write(f'Dir::State::lists "{self._lists}";\n')
            if self._has_lists():
                return True
        if self._updated:
            return False
        self._updated = True
        answer = self._run("apt-get", "update")
        # apt calls it a success when nothing could be fetched, and only warns. That it fails for some of the sources
        # matters only if a package is missing then.
        if not self._has_lists():
            raise StackgenError(explain(answer.stderr, self._folder.parent))
        return True

    def _has_lists(self) -> bool:
        return any(self._lists.glob("*Packages*"))

    def _run(self, *words: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
        command, *arguments = words
        options = ["-q", "-c", str(self._configuration)] if command.startswith("apt") else []
        return subprocess.run(
            [command, *options, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=directory,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )


def explain(said: str, folder: Path) -> str:
    """What apt or dpkg said on standard error, as the reason why a package is not there."""
    lowered = said.lower()
    for signs, reason in _REASONS:
        if any(sign in lowered for sign in signs):
            return reason.format(folder=folder)
    return f"its package cannot be fetched: {_last_line(said)}"


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")] or lines
    return errors[-1].removeprefix("E:").strip() if errors else "apt said nothing"
