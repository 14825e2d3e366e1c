"""`stackgen packs`: list the definitions that ship with stackgen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from stackgen.definition import load, packs


def run(_arguments: Namespace, say: Callable[[str], None]) -> int:
    """Print each pack's name, title and description."""
    definitions = {name: load(name) for name in packs()}
    width = max(map(len, definitions), default=0)
    for name, definition in definitions.items():
        say(f"{name.ljust(width)}  {definition.title}: {definition.description}".rstrip(": "))
    return 0
