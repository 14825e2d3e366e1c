"""The configuration that containers mount: copies of the generated one without services that do not run."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import yaml

from stackgen.findings import StackgenError
from stackgen.stack.selection import without
from stackgen.stack.state import keep_out_of_git, remove_unused

#: Where the copies are, under the project.
CONFIGURATION = Path(".stackgen/docker")

#: The folders under `compose/` that speak of services which may not run.
_FOLDERS = ("prometheus", "grafana/provisioning")


def configure(project: Path, absent: Collection[str]) -> frozenset[str]:
    """Write the copies, where they have changed; containers that run see that. Gives the services that it concerns.

    Raises StackgenError for a file that is not there, or not YAML.
    """
    (project / CONFIGURATION).mkdir(parents=True, exist_ok=True)
    keep_out_of_git(project / CONFIGURATION.parts[0])
    changed = set()
    for folder in _FOLDERS:
        source, target = project / "compose" / folder, project / CONFIGURATION / folder
        if not source.is_dir():
            raise StackgenError(f"{source} is missing; `stackgen generate` makes it")
        texts = {file.relative_to(source): _text(file, absent) for file in sorted(source.rglob("*")) if file.is_file()}
        stale = [file for file in target.rglob("*") if file.is_file() and file.relative_to(target) not in texts]
        fresh = [path for path, text in texts.items() if _read(target / path) != text]
        for file in stale:
            file.unlink()
        for path in fresh:
            _write(target, path, texts[path])
        if stale or fresh:
            changed.add(folder.partition("/")[0])
    return frozenset(changed)


def forget(project: Path) -> None:
    """Remove the copies, and with them the folder that all of a stack is in, where there is nothing else."""
    shutil.rmtree(project / CONFIGURATION, ignore_errors=True)
    remove_unused(project / CONFIGURATION.parts[0])


def _text(file: Path, absent: Collection[str]) -> bytes:
    content = file.read_bytes()
    if file.suffix not in {".yml", ".yaml"}:
        return content
    try:
        return without(content.decode(), absent).encode()
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else " ".join(str(error).split())
        raise StackgenError(f"{file}: {problem}; `stackgen generate --force` makes it anew") from error


def _read(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _write(folder: Path, path: Path, content: bytes) -> None:
    """Write a file that other users, as which containers run, may read, whatever the umask; whole or not at all."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    for each in (folder, *(folder / parent for parent in path.parents)):
        each.chmod(0o755)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(content)
    fresh.chmod(0o644)
    fresh.replace(file)
