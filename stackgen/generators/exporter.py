"""The exporter module: a typed class with a method per event, and the table that the engine works from."""

from __future__ import annotations

import builtins
import re

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.generators.document import heading
from stackgen.generators.exporting import api, signals, table
from stackgen.generators.exporting.recorded import Recorded
from stackgen.generators.exporting.source import LINE, docstring


def generate(definition: Definition) -> dict[str, str]:
    """The exporter of a definition, by its file name; none where nothing is recorded (no events).

    Raises StackgenError where names of the definition cannot stand side by side in a Python module.
    """
    if not definition.events:
        return {}
    found = Recorded(definition)
    found.check_names()
    sections = [
        [*api.aliases(found), "", *table.spec(found)],
        api.protocols(found),
        signals.snapshot_class(found),
        api.classes(found),
    ]
    code = "\n\n\n".join("\n".join(section) for section in sections if section) + "\n"
    return {conventions.exporter_file(definition): f"{_beginning(found, code)}\n{code}"}


def _beginning(found: Recorded, code: str) -> str:
    """The comment, the docstring and the imports."""
    definition = found.definition
    example = ", ".join(f'{found.parameter(label.name)}="..."' for label in definition.bound_labels)
    about = [definition.description or definition.title, "Build it once, where the application starts:"]
    lines = [
        *heading(definition, f"The exporter of {definition.title}.").rstrip("\n").splitlines(),
        *_exceptions_from_lint(found, code),
        "",
        *docstring(about, 0)[:-1],
        "",
        f"    metrics = {found.class_name}({example})",
        '"""',
        "",
        "from __future__ import annotations",
        "",
    ]
    collections = [word for word in ("Callable", "Mapping") if f"{word}[" in code]
    if collections:
        lines.append(f"from collections.abc import {', '.join(collections)}")
    lines.append("from os import PathLike")
    if found.timers:
        lines.append("from types import TracebackType")
    lines.append(
        f"from typing import {', '.join(['Literal', 'NamedTuple', *(['Protocol', 'Self'] if found.timers else [])])}"
    )
    return "\n".join([*lines, "", "from stackgen import runtime", ""])


def _exceptions_from_lint(found: Recorded, code: str) -> list[str]:
    """What a linter would say of names and texts that the definition chose."""
    rules = []
    if any(hasattr(builtins, name) for name in found.parameter_names):
        rules.append("A002")
    if re.search(r'^ *"""[^\n]+(?<!""")\n *[^\s"]', code, re.MULTILINE):
        rules.append("D205")
    if any(timer.arguments for timer in found.timers):
        rules.append("ARG002")
    if any(len(line) > LINE for line in code.splitlines()):
        rules.append("E501")
    return [f"# ruff: noqa: {', '.join(rules)}"] if rules else []
