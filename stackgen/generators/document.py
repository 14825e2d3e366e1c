"""How generated text files begin, and how data becomes YAML in them."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from stackgen.definition.model import Definition


def heading(definition: Definition, about: str) -> str:
    """The comment at the top: what the file is, what it was made from, and how to make it again."""
    return (
        f"# {' '.join(about.split())}\n"
        f"# Made by stackgen from {definition.source}; changes made here are lost. Change the definition, then run:\n"
        f"#   stackgen generate {definition.source}\n"
    )


class _Dumper(yaml.SafeDumper):
    """Block style with indented lists, as people write it by hand."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless and flow)

    def ignore_aliases(self, data: object) -> bool:
        # The same object in two places is written twice: anchors that nobody named help no reader.
        return data is not None


class Quoted(str):
    """Text that stands in double quotes although it need not, because readers expect it to."""

    __slots__ = ()


class Block(str):
    """Text that is written as it stands, line by line."""

    __slots__ = ()


class Inline(list[object]):
    """A list that is written on one line."""

    __slots__ = ()


def _quoted(dumper: yaml.SafeDumper, text: Quoted) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def _block(dumper: yaml.SafeDumper, text: Block) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


def _inline(dumper: yaml.SafeDumper, items: Inline) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(Quoted, _quoted)
_Dumper.add_representer(Block, _block)
_Dumper.add_representer(Inline, _inline)


def to_yaml(data: Mapping[str, object]) -> str:
    """A mapping as YAML, in the order of its keys, with no line broken."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=10_000, allow_unicode=True)
