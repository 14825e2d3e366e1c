"""Expands `${NAME:-default}` in a compose file as Docker Compose does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from stackgen.findings import StackgenError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = re.compile(
    rf"\$(?:(?P<dollar>\$)|(?P<plain>{_NAME})|\{{(?P<name>{_NAME})(?:(?P<operator>:?[-?+])(?P<word>[^}}]*))?\}}|(?P<bad>))"
)
_ASSIGNMENT = re.compile(rf"\s*(?:export\s+)?(?P<name>{_NAME})\s*=\s*(?P<value>.*?)\s*")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its variables filled in: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?error}`, `${NAME:+word}`.

    Without the colon only an unset variable counts as missing, with it an empty one too. `$$` is a dollar sign.
    Raises StackgenError for a variable that has to be set and is not, and for a `$` that begins nothing.
    """

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        if match["bad"] is not None:
            raise StackgenError(f"'{text}' has a $ that begins no variable; write $$ for a dollar sign")
        name = match["plain"] or match["name"]
        operator, word = match["operator"] or "", match["word"] or ""
        given = variables.get(name)
        present = bool(given) if operator.startswith(":") else given is not None
        if operator.endswith("+"):
            return word if present else ""
        if present and given is not None:
            return given
        if operator.endswith("?"):
            raise StackgenError(f"the variable {name} has to be set: {word or 'it has no default'}")
        return word

    return _REFERENCE.sub(value, text)


def unset_in(data: object, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the variables in a document that are filled in with nothing because nobody has set them, each once."""
    if isinstance(data, str):
        found = (match for match in _REFERENCE.finditer(data) if not match["operator"])
        names = [match["plain"] or match["name"] for match in found]
        return tuple(dict.fromkeys(name for name in names if name and name not in variables))
    items = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return tuple(dict.fromkeys(name for item in items for name in unset_in(item, variables)))


def expand_all(data: object, variables: Mapping[str, str]) -> object:
    """Every text in a document of mappings and lists, expanded; keys are left as they are, as Compose does."""
    if isinstance(data, str):
        return expand(data, variables)
    if isinstance(data, list):
        return [expand_all(item, variables) for item in data]
    if isinstance(data, dict):
        return {key: expand_all(item, variables) for key, item in data.items()}
    return data


def variables_of(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a compose file in `folder` sees: those of its `.env`, and over them the environment's."""
    file = folder / ".env"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    assignments = (_ASSIGNMENT.fullmatch(line) for line in lines)
    return {found["name"]: _unquoted(found["value"]) for found in assignments if found} | dict(environment)


def _unquoted(value: str) -> str:
    for quote in ("'", '"'):
        if len(value) > 1 and value.startswith(quote) and value.endswith(quote):
            return value[1:-1]
    return re.split(r"\s+#", value, maxsplit=1)[0]
