"""How generated text files begin, and how data becomes YAML in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from stackgen.definition.model import Definition


def heading(definition: Definition, about: str) -> str:
    """The comment at the top: what the file is, what it was made from, and how to make it again."""
    return (
        f"# {' '.join(about.split())}\n"
        f"# Made by stackgen from {definition.source}; changes made here are lost. Change the definition, then run:\n"
        f"#   stackgen generate {definition.source}\n"
    )


class Quoted(str):
    """Text that stands in double quotes although it need not, because readers expect it to."""

    __slots__ = ()


class Block(str):
    """Text that is written as it stands, line by line."""

    __slots__ = ()


class Inline(list[object]):
    """A list that is written on one line."""

    __slots__ = ()


#: libyaml's emitter where PyYAML has it: it is ten times as fast, and half of what generating costs is writing YAML.
_Emitting: type[Any] = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper


class _Dumper(_Emitting):  # type: ignore[misc]  # which of the two it is depends on how PyYAML was built
    """Block style without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        # The same object in two places is written twice: anchors that nobody named help no reader.
        return data is not None


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # What has line breaks is written in one line with escapes, so that every line but those of blocks begins a value.
    return dumper.represent_scalar(_STR, text, style='"' if "\n" in text else None)


def _quoted(dumper: yaml.SafeDumper, text: Quoted) -> yaml.Node:
    return dumper.represent_scalar(_STR, str(text), style='"')


def _block(dumper: yaml.SafeDumper, text: Block) -> yaml.Node:
    return dumper.represent_scalar(_STR, str(text), style="|")


def _inline(dumper: yaml.SafeDumper, items: Inline) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_STR = "tag:yaml.org,2002:str"
_Dumper.add_representer(str, _text)
_Dumper.add_representer(Quoted, _quoted)
_Dumper.add_representer(Block, _block)
_Dumper.add_representer(Inline, _inline)


def to_yaml(data: Mapping[str, object]) -> str:
    """A mapping as YAML, in the order of its keys, with lists indented as people write them and no line broken."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=10_000, allow_unicode=True)
    return "".join(_indented_lists(text.splitlines(keepends=True)))


#: The end of a line after which a block of text follows.
_BLOCK_FOLLOWS = re.compile(r"[:-] \|[0-9]?[-+]?\n$")


def _indented_lists(lines: Iterable[str]) -> Iterator[str]:
    """Move the lists that are values of keys two columns in; libyaml has them below the key."""
    lists: list[tuple[int, str]] = []  # the columns of the lists around, and what to move what is in them by
    block: int | None = None  # the column that the block of text that is being read is right of
    for line in lines:
        rest = line.lstrip(" ")
        column = len(line) - len(rest)
        if block is not None and (column > block or rest == "\n"):
            yield line if rest == "\n" else _moved(line, lists)
            continue
        items = 0  # the columns of the dashes that begin the line: one for a list, more for a list in a list
        while rest.startswith("- ", items):
            items += 2
        block = None
        if _BLOCK_FOLLOWS.search(line):
            block = column + items - (2 if rest[items] == "|" else 0)
        is_item = items > 0
        while lists and (column < lists[-1][0] or (column == lists[-1][0] and not is_item)):
            lists.pop()
        if is_item and (not lists or lists[-1][0] < column):
            lists.append((column, "  "))
        yield _moved(line, lists)
        # What begins on the same line is a list in a list; such a one is where it should be.
        lists += [(inner, "") for inner in range(column + 2, column + items, 2)]


def _moved(line: str, lists: Iterable[tuple[int, str]]) -> str:
    return "".join(by for _, by in lists) + line
