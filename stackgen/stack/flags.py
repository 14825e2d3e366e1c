"""Leaves out the flags that an older program does not know, by asking the program itself."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from stackgen.stack.binaries import Located

# Of the two parsers that programs of the Prometheus world use: kingpin and Go's own.
_UNKNOWN = re.compile(r"unknown long flag '(?P<kingpin>[^']+)'|flag provided but not defined: (?P<go>\S+)")


def known_flags(program: Located, arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The arguments that the program knows, and those that it does not.

    Given `--version` beside its flags, a program reads them, complains about the first one that it does not know, and
    starts nothing.
    """
    kept, dropped = list(arguments), []
    while (unknown := _complaint(program, kept)) is not None:
        of_this_name = [word for word in kept if _name(word) == _name(unknown)]
        if not of_this_name:
            break
        dropped += of_this_name
        kept = [word for word in kept if word not in of_this_name]
    return tuple(kept), tuple(dropped)


def set_flag(arguments: Sequence[str], name: str, value: str) -> tuple[str, ...]:
    """The arguments with one `--name=value`, whatever was given under that name before."""
    return (*(word for word in arguments if _name(word) != name), f"--{name}={value}")


def _complaint(program: Located, arguments: Sequence[str]) -> str | None:
    try:
        answer = program.run(*arguments, "--version")
    except subprocess.TimeoutExpired:
        # It runs rather than telling its version, so it has no complaint.
        return None
    found = _UNKNOWN.search(answer.stdout + answer.stderr)
    return None if found is None else found["kingpin"] or found["go"]


def _name(word: str) -> str:
    return word.partition("=")[0].lstrip("-") if word.startswith("-") else ""
