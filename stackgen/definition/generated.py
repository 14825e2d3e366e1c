"""Dashboards that follow from a definition's alerts and objectives, as something that every definition extends.

They are written in the language (`dashboards/*.yaml` beside this file), so that a definition changes them in the way in
which it changes a pack: a key of its own adds a row or a panel, null removes one or the whole dashboard.
"""

from __future__ import annotations

from importlib.resources import files

from stackgen.definition.model import GENERATED_DASHBOARDS
from stackgen.definition.tree import Node, Path, parse
from stackgen.findings import Place

#: Sections of a definition from which each follows.
_SECTIONS = {"slo": ("slos",), "alerts": ("alerts", "slos")}


def is_generated(path: Path) -> bool:
    """Whether a path of a definition is in one of these dashboards."""
    return len(path) > 1 and path[0] == "dashboards" and path[1] in GENERATED_DASHBOARDS


def generated_dashboards(tree: Node) -> Node:
    """The section `dashboards` with those that follow from a whole definition, everything that it extends merged in."""
    title = tree.child("title")
    found: dict[str, Node] = {}
    for key in GENERATED_DASHBOARDS:
        if not any(_entries(tree, section) for section in _SECTIONS[key]):
            continue
        board = _read(key)
        assert isinstance(board.value, dict)
        name = board.value["title"]
        if title is not None and isinstance(title.value, str):
            name.value = f"{title.value} / {name.value}"
        found[key] = board
    return Node(found, Place("dashboards"), {key: node.place for key, node in found.items()})


def _entries(tree: Node, section: str) -> bool:
    node = tree.child(section)
    return node is not None and isinstance(node.value, dict) and bool(node.value)


def _read(key: str) -> Node:
    name = f"dashboards/{key}.yaml"
    text = files("stackgen.definition").joinpath(name).read_text(encoding="utf-8")
    board, findings = parse(text, name)
    assert board is not None
    assert not findings
    return board
