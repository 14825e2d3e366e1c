"""What a project is: the directory that stackgen is run in, and what `[tool.stackgen]` of its pyproject.toml says."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stackgen.findings import StackgenError

#: The definition that `stackgen init` writes, and that is used where pyproject.toml names none.
DEFINITION_FILE = "stackgen.yaml"

#: The pack that is used where a project has no definition of its own.
DEFAULT_PACK = "cache"

_SETTINGS = ("definitions", "exporters", "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a project is and what it generates; paths are relative to `root`."""

    root: Path
    #: Packs' names or paths of definitions; the first one's stack is the project's.
    definitions: tuple[str, ...]
    #: The folder of generated exporters.
    exporters: str = "exporters"
    #: Ids of checks that are not asked.
    skip: tuple[str, ...] = ()


def read_project(root: Path) -> Project:
    """Read a project's settings.

    The definitions are those of `[tool.stackgen]`, else `stackgen.yaml` where there is one, else the pack `cache`.
    Raises StackgenError for a pyproject.toml that cannot be read and for settings that make no sense.
    """
    settings = _settings(root / "pyproject.toml")
    default = DEFINITION_FILE if (root / DEFINITION_FILE).exists() else DEFAULT_PACK
    return Project(
        root=root,
        definitions=_definitions(settings.get("definitions", [default])),
        exporters=_exporters(settings.get("exporters", "exporters")),
        skip=_skip(settings.get("skip", [])),
    )


def _settings(file: Path) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 (a project without pyproject.toml does not need it)

    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StackgenError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise StackgenError(f"{file}: is not valid TOML: {error}") from error
    tools = document.get("tool", {})
    settings = tools.get("stackgen", {}) if isinstance(tools, dict) else {}
    if not isinstance(settings, dict):
        raise StackgenError(f"{file}: tool.stackgen: has to be a table, [tool.stackgen]")
    for key in settings:
        if key not in _SETTINGS:
            close = difflib.get_close_matches(key, _SETTINGS, n=1)
            cure = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(_SETTINGS)}"
            raise StackgenError(f"{file}: tool.stackgen.{key}: no such setting; {cure}")
    return settings


def _definitions(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        named = [item for item in value if isinstance(item, str) and item]
        if named and len(named) == len(value):
            return tuple(named)
    raise StackgenError(
        f"pyproject.toml: tool.stackgen.definitions: {value!r} is not a list of packs and paths; "
        f'write for example definitions = ["{DEFINITION_FILE}"]'
    )


def _skip(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise StackgenError(
        f"pyproject.toml: tool.stackgen.skip: {value!r} is not a list of checks; "
        'write for example skip = ["rule/runbook-missing"]'
    )


def _exporters(value: object) -> str:
    if isinstance(value, str) and value:
        path = PurePosixPath(value)
        if path.parts and not path.is_absolute() and ".." not in path.parts:
            return str(path)
    raise StackgenError(
        f"pyproject.toml: tool.stackgen.exporters: {value!r} is not a folder inside the project; "
        'write for example exporters = "app/metrics"'
    )
