"""`stackgen schema`: print the JSON Schema of the language."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from stackgen.definition import schema_text


def run(_arguments: Namespace, say: Callable[[str], None]) -> int:
    """Print the schema as it ships, for editors that complete and check YAML with it."""
    say(schema_text().rstrip("\n"))
    return 0
