"""Unpacks programs from the distribution's packages into the user's cache: no root, nothing installed, nothing run.

`apt-get download` with a private state verifies the packages against the machine's own sources and keys, `dpkg-deb`
unpacks them. Dependencies are followed only as far as the program lacks something: a shared library that the loader
does not find, or a symbolic link that leads nowhere.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.apt import Apt
from stackgen.stack.relocation import relocate

#: How far dependencies are followed; what is missing after that is not in the packages.
_DEPTH = 4

#: How folders begin that are being worked in; one that nobody holds the lock for was left by a killed process.
_SCRATCH = ".fetching-"

#: The folder of package lists, for machines that have none of their own.
_LISTS = ".lists"

#: Source data of 200 MB that Debian ships with a library of Prometheus 2's web pages; they use what was made from it.
_BALLAST = "usr/share/javascript/moment-timezone/data"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A program inside the tree that its packages were unpacked to."""

    path: Path
    tree: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """Where the loader finds the libraries that came along; empty when none did."""
        libraries = library_folders(self.tree)
        return {"LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))} if libraries else {}


class PackageStore:
    """The unpacked programs of one user on one release of a distribution; any number of projects share it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "packages" / release()

    def find(self, packages: Iterable[str], names: Iterable[str]) -> Unpacked | None:
        """The program, if one of the packages was unpacked before."""
        names = tuple(names)
        found = (_program(self.folder / package, names) for package in packages)
        return next((program for program in found if program is not None), None)

    def fetch(self, packages: Iterable[str], names: Iterable[str], data: str | None) -> Unpacked:
        """Download and unpack the first of the packages that exists; `data` is its folder under /usr/share.

        Raises StackgenError saying why that is not possible: no apt, no network, no such package, no space.
        """
        packages, names = tuple(packages), tuple(names)
        with self._lock():
            # Another process may have fetched it while this one waited.
            if (program := self.find(packages, names)) is not None:
                return program
            for abandoned in self.folder.glob(f"{_SCRATCH}*"):
                shutil.rmtree(abandoned)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=_SCRATCH) as scratch:
                apt = Apt(Path(scratch), self.folder / _LISTS)
                package = apt.first(packages)
                tree = Path(scratch) / "tree"
                self._unpack(apt, package, tree, names)
                if data is not None:
                    for program_path in (tree / "usr/bin").iterdir():
                        if not program_path.is_symlink():
                            relocate(program_path, data)
                shutil.rmtree(tree / _BALLAST, ignore_errors=True)
                tree.rename(self.folder / package)
        program = self.find((package,), names)
        if program is None:
            raise StackgenError(f"the package {package} does not hold it")
        return program

    def _unpack(self, apt: Apt, package: str, tree: Path, names: tuple[str, ...]) -> None:
        """Unpack the package, and its dependencies level by level until nothing is missing."""
        seen: set[str] = set()
        level: tuple[str, ...] = (package,)
        for _ in range(_DEPTH):
            for archive in apt.download(level):
                apt.unpack(archive, tree)
            seen.update(level)
            targets = _dangling(tree)
            if not targets and not missing_libraries(tree, names):
                return
            level = tuple(name for name in apt.dependencies(level) if name not in seen and _wanted(apt, name, targets))
            if not level:
                break
        if lacking := missing_libraries(tree, names):
            raise StackgenError(f"its package {package} needs {', '.join(lacking)}, which no dependency of it holds")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time fetches; the others wait and find what it fetched."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def cache_folder() -> Path:
    """The user's cache: `$XDG_CACHE_HOME/stackgen`, or `~/.cache/stackgen`."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification has relative paths ignored.
    return (Path(configured) if Path(configured).is_absolute() else Path.home() / ".cache") / "stackgen"


def release() -> str:
    """The distribution's release and the machine's architecture: programs of one do not run on another."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return platform.machine()
    return "-".join(filter(None, (system["ID"], system.get("VERSION_ID"), platform.machine())))


def library_folders(tree: Path) -> tuple[Path, ...]:
    """The folders of a tree that hold shared libraries, as the loader wants them."""
    found = {file.parent for root in ("lib", "usr/lib") for file in (tree / root).glob("*/*.so.*")}
    return tuple(sorted(found))


def missing_libraries(tree: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The shared libraries that the tree's program needs and neither the machine nor the tree has."""
    program = _program(tree, names)
    if program is None:
        return ()
    answer = subprocess.run(
        ["ldd", str(program.path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **program.environment, "LC_ALL": "C"},
    )
    return tuple(sorted({line.split()[0] for line in answer.stdout.splitlines() if line.endswith("=> not found")}))


def _wanted(apt: Apt, package: str, targets: frozenset[str]) -> bool:
    """Whether a dependency brings what is not on the machine, or not in the tree where links of it lead (`targets`)."""
    return not apt.installed(package) or not targets.isdisjoint(apt.files(package))


def _dangling(tree: Path) -> frozenset[str]:
    """Where relative symbolic links of the tree lead to nothing, because another package has what they point to."""
    links = [path for path in tree.rglob("*") if path.is_symlink() and not path.exists()]
    relative = [path for path in links if not path.readlink().is_absolute()]
    return frozenset(f"/{os.path.relpath(os.path.normpath(path.parent / path.readlink()), tree)}" for path in relative)


def _program(tree: Path, names: Iterable[str]) -> Unpacked | None:
    for folder in ("usr/bin", "usr/sbin"):
        for name in names:
            if shutil.which(path := str(tree / folder / name)) is not None:
                return Unpacked(Path(path), tree)
    return None
