"""Dashboards that follow from a definition's alerts and objectives, as something that every definition extends.

They are written in the language (`dashboards/*.yaml` beside this file), so that a definition changes them in the way in
which it changes a pack: a key of its own adds a row or a panel, null removes one or the whole dashboard. A part with
`only_with: SEVERITY` is there where an alert has that severity: a panel that can never show anything is none.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from stackgen.definition.model import GENERATED_DASHBOARDS, Severity
from stackgen.definition.tree import Node, Path, parse
from stackgen.findings import Place

#: Sections of a definition from which each follows.
_SECTIONS = {"slo": ("slos",), "alerts": ("alerts", "slos")}
#: Severities of the two alerts of an objective, a page and a ticket.
_OF_OBJECTIVES = {Severity.CRITICAL, Severity.WARNING}
_ONLY_WITH = "only_with"


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
        _leave_out(board, _severities(tree))
        assert isinstance(board.value, dict)
        name = board.value["title"]
        if title is not None and isinstance(title.value, str):
            name.value = f"{title.value} / {name.value}"
        found[key] = board
    return Node(found, Place("dashboards"), {key: node.place for key, node in found.items()})


def _entries(tree: Node, section: str) -> list[Node]:
    node = tree.child(section)
    return list(node.value.values()) if node is not None and isinstance(node.value, dict) else []


def _severities(tree: Node) -> set[Severity]:
    """Those of all alerts; one that cannot be read, of which its own finding tells, is a warning here."""
    severities = _OF_OBJECTIVES.copy() if _entries(tree, "slos") else set()
    for alert in _entries(tree, "alerts"):
        severity = alert.child("severity")
        try:
            severities.add(Severity(str(severity.value)) if severity is not None else Severity.WARNING)
        except ValueError:
            severities.add(Severity.WARNING)
    return severities


def _leave_out(node: Node, severities: set[Severity]) -> None:
    """Take out of a tree what is only with other severities."""
    if isinstance(node.value, dict):
        node.value.pop(_ONLY_WITH, None)
        node.keys.pop(_ONLY_WITH, None)
        for key in [key for key, part in node.value.items() if not _wanted(part, severities)]:
            del node.value[key], node.keys[key]
        parts = list(node.value.values())
    elif isinstance(node.value, list):
        node.value = parts = [part for part in node.value if _wanted(part, severities)]
    else:
        return
    for part in parts:
        _leave_out(part, severities)


def _wanted(part: Node, severities: set[Severity]) -> bool:
    only = part.child(_ONLY_WITH)
    return only is None or only.value in severities


def _read(key: str) -> Node:
    name = f"dashboards/{key}.yaml"
    text = (FilePath(__file__).parent / name).read_text(encoding="utf-8")
    board, findings = parse(text, name)
    assert board is not None
    assert not findings
    return board
