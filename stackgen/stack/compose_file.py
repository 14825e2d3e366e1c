"""Reads a compose file: the part of the format that `stackgen generate` writes, and little more."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stackgen.findings import StackgenError
from stackgen.stack.interpolation import expand_all, unset_in, variables_of

#: What people change of the stack's containers, beside the compose file: Docker merges it in, under compose's own name.
OVERRIDE = "compose.override.yaml"

#: Where containers find their secrets.
_SECRETS = "/run/secrets/"


@dataclass(frozen=True, slots=True)
class Mount:
    """Something that a container sees at `target`: a file or folder (`source`), a named volume, or fresh memory."""

    target: str
    source: Path | None = None
    volume: str | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A port inside the container, and where it is published on the machine."""

    inside: int
    published: int
    #: Whether packets are taken there, not connections.
    udp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeService:
    """One service, with its variables filled in."""

    name: str
    #: None: it is built from this project, from stackgen itself.
    image: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    #: Where it listens when it is run without containers, if it is not published (`x-native-ports`).
    native_ports: tuple[Port, ...] = ()
    #: The words of its health check, without the leading `CMD`.
    check: tuple[str, ...] = ()
    #: What it waits for: the other service, and whether that one has to be healthy or only to have started.
    after: Mapping[str, bool] = field(default_factory=dict)
    restart: bool = False
    #: It runs if one of these is asked for; none: always.
    profiles: tuple[str, ...] = ()


def read(path: Path, environment: Mapping[str, str]) -> dict[str, ComposeService]:
    """The services of a compose file, in its order.

    Raises StackgenError if there is no such file, or if it is not what this module understands.
    """
    document = _document(path)
    try:
        document = expand_all(document, variables_of(path.parent, environment))
    except StackgenError as error:
        raise StackgenError(f"{path}: {error}") from error
    services = _mapping(document, path, "services")
    secrets = _mapping(document, path, "secrets")
    if not services:
        raise StackgenError(f"{path}: it has no services; `stackgen generate --force` makes it anew")
    return {name: _service(name, _Part(path, name, data), secrets) for name, data in services.items()}


def require_set(path: Path, environment: Mapping[str, str], wanted: Iterable[str]) -> None:
    """Raise StackgenError if one of these services needs a variable that is not set and has no default.

    Compose fills in nothing then, so that what was to be a secret is an empty one.
    """
    services, variables = _mapping(_document(path), path, "services"), variables_of(path.parent, environment)
    for name in wanted:
        if missing := unset_in(services.get(name), variables):
            raise StackgenError(
                f"{name} needs {', '.join(missing)}, which is not set; set it where `stackgen up` runs, or in "
                f"{path.parent / '.env'}, or write ${{{missing[0]}:-}} in the definition if it may be empty"
            )


def _document(path: Path) -> object:
    """A compose file's data, variables and all."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise StackgenError(f"{path}: there is no stack here; `stackgen generate` makes it") from None
    except UnicodeDecodeError:
        raise StackgenError(f"{path}: it is not UTF-8 text; `stackgen generate --force` makes it anew") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise StackgenError(f"{path}: {problem}; `stackgen generate --force` makes it anew") from error


def secret_names(services: Mapping[str, ComposeService]) -> tuple[str, ...]:
    """Names of all secrets that services are given, each once."""
    targets = [mount.target for service in services.values() for mount in service.mounts]
    return tuple(dict.fromkeys(each.removeprefix(_SECRETS) for each in targets if each.startswith(_SECRETS)))


def require_service(name: str, services: Mapping[str, ComposeService]) -> None:
    """Raise StackgenError, with the names that there are, if the stack has no service of that name."""
    if name not in services:
        raise StackgenError(f"the stack has no service '{name}'; it has {', '.join(services)}")


class _Part:
    """The data of one service, with an error for whatever has another shape than expected."""

    def __init__(self, path: Path, name: str, data: object) -> None:
        self._where = f"{path}: services.{name}"
        self.folder = path.parent.resolve()
        if not isinstance(data, dict):
            raise StackgenError(f"{self._where}: it has to be a mapping")
        self._data: dict[str, Any] = data

    def get(self, key: str) -> object:
        return self._data.get(key)

    def items(self, key: str) -> list[Any]:
        data = self._data.get(key) or []
        if not isinstance(data, list):
            raise self.error(key, "it has to be a list")
        return data

    def words(self, key: str) -> tuple[str, ...]:
        data = self._data.get(key) or []
        if isinstance(data, str):
            return tuple(shlex.split(data))
        if not isinstance(data, list):
            raise self.error(key, "it has to be a text or a list of words")
        return tuple(str(word) for word in data)

    def error(self, key: str, problem: str) -> StackgenError:
        return StackgenError(f"{self._where}.{key}: {problem}")


def _mapping(document: object, path: Path, key: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise StackgenError(f"{path}: it has to be a mapping; `stackgen generate --force` makes it anew")
    data = document.get(key) or {}
    if not isinstance(data, dict):
        raise StackgenError(f"{path}: {key}: it has to be a mapping")
    return data


def _service(name: str, part: _Part, secrets: Mapping[str, Any]) -> ComposeService:
    image = part.get("image")
    return ComposeService(
        name=name,
        image=None if image is None else str(image),
        command=part.words("command"),
        environment=_environment(part),
        mounts=(*_volumes(part), *_tmpfs(part), *_secrets(part, secrets)),
        ports=_ports(part, "ports"),
        native_ports=_ports(part, "x-native-ports"),
        check=_check(part),
        after=_after(part),
        profiles=part.words("profiles"),
        restart=part.get("restart") in {"always", "unless-stopped", "on-failure"},
    )


def _environment(part: _Part) -> dict[str, str]:
    data = part.get("environment") or {}
    if isinstance(data, dict):
        return {str(key): "" if value is None else str(value) for key, value in data.items()}
    pairs = (str(item).partition("=") for item in part.items("environment"))
    return {key: value for key, _, value in pairs}


def _volumes(part: _Part) -> list[Mount]:
    mounts = []
    for item in part.items("volumes"):
        if not isinstance(item, str) or ":" not in item:
            raise part.error("volumes", f"'{item}' has to be `source:target` or `source:target:ro`")
        source, target, *_ = item.split(":")
        if source.startswith((".", "/", "~")):
            mounts.append(Mount(target, source=(part.folder / Path(source).expanduser()).resolve()))
        else:
            mounts.append(Mount(target, volume=source))
    return mounts


def _tmpfs(part: _Part) -> list[Mount]:
    return [Mount(word.partition(":")[0]) for word in part.words("tmpfs")]


def _secrets(part: _Part, secrets: Mapping[str, Any]) -> list[Mount]:
    mounts = []
    for name in part.words("secrets"):
        secret = secrets.get(name)
        if not isinstance(secret, dict) or "file" not in secret:
            raise part.error("secrets", f"'{name}' has no file under the top-level secrets")
        mounts.append(Mount(f"{_SECRETS}{name}", source=(part.folder / str(secret["file"])).resolve()))
    return mounts


def _ports(part: _Part, key: str) -> tuple[Port, ...]:
    return tuple(_port(part, key, str(item)) for item in part.items(key))


def _port(part: _Part, key: str, text: str) -> Port:
    *address, inside = text.removesuffix("/udp").rsplit(":", 2)
    published = address[-1] if address else inside
    for number in (inside, published):
        if not number.isdecimal() or not 0 < int(number) < 65536:
            raise part.error(key, f"'{number}' in '{text}' is not a port; ports are numbers from 1 to 65535")
    return Port(int(inside), int(published), text.endswith("/udp"))


def _check(part: _Part) -> tuple[str, ...]:
    data = part.get("healthcheck")
    test = data.get("test") if isinstance(data, dict) else None
    if isinstance(test, str):
        return (test,)
    words = tuple(str(word) for word in test) if isinstance(test, list) else ()
    return () if words[:1] == ("NONE",) else words[1:]


def _after(part: _Part) -> dict[str, bool]:
    data = part.get("depends_on") or {}
    if isinstance(data, dict):
        return {
            name: isinstance(wanted, dict) and wanted.get("condition") == "service_healthy"
            for name, wanted in data.items()
        }
    return dict.fromkeys(part.words("depends_on"), False)
