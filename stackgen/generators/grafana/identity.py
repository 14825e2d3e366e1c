"""Ids of panels that stay when other panels come and go, so that links to a panel live and diffs stay small."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from stackgen.definition.model import Dashboard, Definition, Panel, Row

#: What a panel is known by: its dashboard, its row, its kind, its title. Its queries may change; its id stays.
Identity = tuple[str, ...]

#: Grafana keeps panel ids in 32-bit integers.
_IDS = 2**31 - 1


def title_of(definition: Definition, panel: Panel) -> str:
    """What stands above a panel: its own title, else that of what it shows."""
    known = {**definition.signals, **panel.inline}
    named = [known[key].title for key in dict.fromkeys(panel.signals)]
    return panel.title or ", ".join(named) or panel.metric or "Note"


def identities(definition: Definition, dashboard: Dashboard, row: Row) -> Iterator[Identity]:
    """What a row of a dashboard, then each of its panels, is known by."""
    yield dashboard.key, "row", row.title
    for panel in row.panels:
        yield dashboard.key, "panel", row.title, panel.kind, title_of(definition, panel)


def panel_ids(identities: Iterable[Identity], ids: int = _IDS) -> list[int]:
    """An id from 1 to `ids` for each identity, in order, each once.

    An id follows from the identity alone, unless another one before it has the same: then it is the next free one.
    """
    taken: set[int] = set()
    result = []
    for identity in identities:
        digest = hashlib.sha256("\x1f".join(identity).encode()).digest()
        candidate = int.from_bytes(digest[:8], "big") % ids + 1
        while candidate in taken:
            candidate = candidate % ids + 1
        taken.add(candidate)
        result.append(candidate)
    return result
