"""The kinds of artefact: which module makes each, and in which folder it goes.

Modules are imported when a kind is asked for, so that a command pays for what it generates and for nothing else.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from stackgen.definition.model import Definition

#: A pure function from a definition to `{path: text}`; paths are relative to the kind's folder.
Generate = Callable[[Definition], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of artefact."""

    name: str
    #: Its folder below the output folder; `[tool.stackgen] exporters` replaces that of exporters.
    folder: str
    #: Whether a definition brings in those of the definitions that it includes.
    of_includes: bool = False
    #: Whether there is one for all definitions, made from the first of them.
    single: bool = False


#: All kinds, in the order in which they are generated.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="exporter", folder="exporters"),
        Kind(name="dashboards", folder="dashboards", of_includes=True),
        Kind(name="rules", folder="alerts", of_includes=True),
        Kind(name="tests", folder="alerts", of_includes=True),
        Kind(name="runbooks", folder="alerts", of_includes=True),
        Kind(name="compose", folder="compose", single=True),
    )
}


def generator(kind: Kind) -> Generate:
    """Import the function that generates a kind."""
    module = importlib.import_module(f"stackgen.generators.{kind.name}")
    return cast("Generate", module.generate)
