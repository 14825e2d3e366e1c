"""The configuration that containers mount: copies of the generated one without services that do not run."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.selection import understood, unscraped, without
from stackgen.stack.state import keep_out_of_git, remove_unused

#: Where the copies are, under the project.
CONFIGURATION = Path(".stackgen/docker")

#: What is copied of the project, by where to: what speaks of services that may not run, and what containers must be
#: able to read whatever the umask was.
_FOLDERS = {
    "prometheus": ("compose/prometheus", "**/*"),
    "grafana/provisioning": ("compose/grafana/provisioning", "**/*"),
    "alertmanager": ("compose/alertmanager", "**/*"),
    "statsd": ("compose/statsd", "**/*"),
    "alerts": ("alerts", "*.rules.yaml"),
}

#: Who reads copies that do not go by its name.
_READS = {"prometheus": ("alerts",)}

#: Those that not every stack has.
_OPTIONAL = ("statsd",)


def configure(project: Path, absent: Collection[str]) -> frozenset[str]:
    """Write the copies, where they have changed; containers that run see that. Gives whose have.

    Raises StackgenError for a file that is not there, or not YAML.
    """
    (project / CONFIGURATION).mkdir(parents=True, exist_ok=True)
    keep_out_of_git(project / CONFIGURATION.parts[0])
    changed = set()
    jobs = unscraped(project, absent)
    for name, (folder, pattern) in _FOLDERS.items():
        source, target = project / folder, project / CONFIGURATION / name
        if not source.is_dir() and name not in _OPTIONAL:
            raise StackgenError(f"{source} is missing; `stackgen generate` makes it")
        files = [file for file in sorted(source.glob(pattern)) if file.is_file()]
        texts = {file.relative_to(source): _text(file, absent, jobs) for file in files}
        stale = [file for file in target.rglob("*") if file.is_file() and file.relative_to(target) not in texts]
        fresh = [path for path, text in texts.items() if _read(target / path) != text]
        for file in stale:
            file.unlink()
        for path in fresh:
            _write(target, path, texts[path])
        if stale or fresh:
            changed.add(name.partition("/")[0])
    return frozenset(changed)


def require_open(project: Path, services: Mapping[str, ComposeService]) -> None:
    """Raise StackgenError if a file of the project that is mounted as it is cannot be read by others.

    Containers run as users of their own. Of secrets see `stackgen.stack.secrets.require_readable`.
    """
    own = (project / "compose" / "secrets", project / CONFIGURATION)
    for service in services.values():
        for mount in service.mounts:
            source = mount.source
            if source is None or not source.exists() or any(source.is_relative_to(each) for each in own):
                continue
            for path in (source, *source.rglob("*")):
                wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
                if path.stat().st_mode & wanted != wanted:
                    raise StackgenError(
                        f"{path} can be read by its owner alone, and {service.name}'s container is somebody else; "
                        f"chmod -R o+rX {source}"
                    )


def copies(project: Path) -> dict[Path, bytes]:
    """What the copies hold, for `put_back`."""
    folders = (project / CONFIGURATION / name for name in _FOLDERS)
    return {file: file.read_bytes() for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()}


def put_back(project: Path, before: Mapping[Path, bytes], service: str | None = None) -> None:
    """Have the copies hold again what they held; with a service only those that it reads."""
    for name in _FOLDERS:
        folder = project / CONFIGURATION / name
        if service is not None and name.partition("/")[0] not in (service, *_READS.get(service, ())):
            continue
        held = {path: content for path, content in before.items() if path.is_relative_to(folder)}
        for path, content in held.items():
            if _read(path) != content:
                _write(folder, path.relative_to(folder), content)
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file not in held:
                file.unlink()


def is_configured(project: Path) -> bool:
    """Whether there are copies, which there are as long as there is a stack."""
    return (project / CONFIGURATION / "prometheus").is_dir()


def forget(project: Path) -> None:
    """Remove the copies, and with them the folder that all of a stack is in, where there is nothing else."""
    shutil.rmtree(project / CONFIGURATION, ignore_errors=True)
    remove_unused(project / CONFIGURATION.parts[0])


def _text(file: Path, absent: Collection[str], jobs: Collection[str]) -> bytes:
    if file.suffix not in {".yml", ".yaml"}:
        return file.read_bytes()
    return understood(file, lambda text: without(text, absent, jobs)).encode()


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
