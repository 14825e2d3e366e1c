"""Python text as `ruff format` leaves it: literals, and brackets on one line or one item a line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

LINE = 120


def literal(value: object) -> str:
    """A string, number, None, tuple or mapping as source."""
    match value:
        case str():
            return quoted(value)
        case tuple():
            inner = ", ".join(literal(each) for each in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case Mapping():
            return "{" + ", ".join(f"{literal(key)}: {literal(each)}" for key, each in value.items()) + "}"
        case _:
            return repr(value)


def laid_out(prefix: str, value: object, *, room: int) -> str:
    """`prefix` and a literal, with an item a line where it is too long; `room` is what has to be left free."""
    match value:
        case tuple() if len(value) > 1:
            items = [laid_out("", each, room=room + 5) for each in value]
            return "\n".join(bracketed(f"{prefix}(", items, ")", room=room))
        case Mapping():
            items = [laid_out(f"{literal(key)}: ", each, room=room + 5) for key, each in value.items()]
            return "\n".join(bracketed(f"{prefix}{{", items, "}", room=room))
        case _:
            return f"{prefix}{literal(value)}"


def quoted(text: str) -> str:
    """A string literal, in the quotes that need fewer escapes."""
    quote = '"' if text.count('"') <= text.count("'") else "'"
    body = "".join(
        f"\\{each}" if each in {quote, "\\"} else each if each.isprintable() else repr(each)[1:-1] for each in text
    )
    return f"{quote}{body}{quote}"


def bracketed(head: str, items: Iterable[str], tail: str, *, indent: int = 0, room: int = 0) -> list[str]:
    """`head items tail` on one line if it fits, else an item a line; an item may have lines of its own.

    `room` is what has to be left free, for a margin or a comma that comes later.
    """
    items = list(items)
    margin = " " * indent
    one_line = f"{margin}{head}{', '.join(items)}{tail}"
    if len(one_line) + room <= LINE and "\n" not in one_line:
        return [one_line]
    inner = [f"{textwrap.indent(item, f'{margin}    ')}," for item in items]
    return [f"{margin}{head}", *inner, f"{margin}{tail}"]


def docstring(paragraphs: Iterable[str], indent: int) -> list[str]:
    """A docstring of a first line and further paragraphs; paragraphs that begin with a blank are kept as they are."""
    margin = " " * indent
    lines: list[str] = []
    for paragraph in paragraphs:
        text = paragraph.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        if text.startswith(" "):
            lines += ["", *(f"{margin}{line}".rstrip() for line in text.splitlines())]
            continue
        flat = " ".join(text.split())
        flat = flat if flat.endswith((".", "!", "?", ":")) else f"{flat}."
        first = textwrap.wrap(flat, LINE - indent - (0 if lines else 6), break_long_words=False, break_on_hyphens=False)
        lines += ([""] if lines else []) + [f"{margin}{line}" for line in first]
    lines[0] = f'{margin}"""{lines[0].removeprefix(margin)}'
    if len(lines) == 1:
        return [f'{lines[0]}"""']
    return [*lines, f'{margin}"""']
