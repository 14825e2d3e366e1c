"""What a project is: the directory that stackgen is run in, and what `[tool.stackgen]` of its pyproject.toml says.

Where nothing says which definitions there are, the files that were generated do.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stackgen.findings import StackgenError
from stackgen.origins import origins

#: The definition that `stackgen init` writes, and that is used where pyproject.toml names none.
DEFINITION_FILE = "stackgen.yaml"

#: The pack that is used where a project has no definition of its own, and nothing was generated.
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
    #: In one line that the definitions are only assumed, where nothing says which there are; else empty.
    assumed: str = ""
    #: Names of definitions that were generated here, where nothing leads back to all of them.
    strangers: tuple[str, ...] = ()


def read_project(root: Path) -> Project:
    """Read a project's settings.

    The definitions are those of `[tool.stackgen]`, else `stackgen.yaml` where there is one, else those that all that is
    there was generated from, else the pack `cache`. Raises StackgenError for a pyproject.toml that cannot be read, for
    settings that make no sense and for a manifest that cannot be used.
    """
    settings = _settings(root / "pyproject.toml")
    exporters, skip = _exporters(settings.get("exporters", "exporters")), _skip(settings.get("skip", []))
    if "definitions" in settings or (root / DEFINITION_FILE).exists():
        definitions = _definitions(settings.get("definitions", [DEFINITION_FILE]))
        return Project(root=root, definitions=definitions, exporters=exporters, skip=skip)
    found = origins(root, exporters)
    known = tuple(source for source in found.values() if source is not None)
    lost = len(known) < len(found)
    return Project(
        root=root,
        definitions=known if found and not lost else (DEFAULT_PACK,),
        exporters=exporters,
        skip=skip,
        assumed=_assumed(tuple(found) if lost else ()) if lost or not found else "",
        strangers=tuple(found) if lost else (),
    )


def _assumed(strangers: tuple[str, ...]) -> str:
    here = f", and what made {', '.join(strangers)} is not found" if strangers else ""
    return (
        f"no {DEFINITION_FILE} here and no definitions in pyproject.toml{here}: taking the pack {DEFAULT_PACK}; "
        'name yours, or write definitions = ["..."] under [tool.stackgen]'
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
