"""Signals in a generated module: a table for the engine, and the type of a snapshot."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import NamedTuple

from stackgen.definition.model import Age, Increase, Level, Mean, Quantile, Rate, Ratio, Selector, Signal, Term
from stackgen.findings import StackgenError
from stackgen.generators.exporting.recorded import Recorded
from stackgen.generators.exporting.source import bracketed, docstring, laid_out

#: The field of a snapshot that is not a signal.
COVERED = "covered"
#: What a named tuple has already.
_TAKEN = (COVERED, "count", "index")


class Calculated(NamedTuple):
    """One signal as the engine works it out."""

    signal: Signal
    kind: str
    of: Term
    whole: Term = ()
    q: float | None = None
    aggregate: str | None = None


def calculated(found: Recorded) -> list[Calculated]:
    """The signals over what the application records; others (`up`, PromQL, what somebody else exports) are left out.

    Raises StackgenError where a signal's key cannot be the name of a field.
    """
    recorded = {metric.key for metric in found.metrics}
    known = [each for signal in found.definition.signals.values() for each in _calculated(signal)]
    kept = [each for each in known if all(selector.of in recorded for selector in (*each.of, *each.whole))]
    for each in kept:
        key = each.signal.key
        if keyword.iskeyword(key) or key.startswith("_") or key in _TAKEN:
            raise StackgenError(
                f"{found.definition.name}: signals.{key}: {key!r} cannot be a snapshot's field; rename it"
            )
    return kept


def _calculated(signal: Signal) -> Iterator[Calculated]:
    match signal.expression:
        case Rate(term):
            yield Calculated(signal, "rate", term)
        case Increase(term):
            yield Calculated(signal, "increase", term)
        case Ratio(part, whole):
            yield Calculated(signal, "ratio", part, whole)
        case Quantile(of, q):
            yield Calculated(signal, "quantile", (of,), q=q)
        case Mean(of):
            yield Calculated(signal, "mean", (of,))
        case Level(term, aggregate):
            yield Calculated(signal, "level", term, aggregate=aggregate)
        case Age(of, aggregate):
            yield Calculated(signal, "age", (of,), aggregate=aggregate)


def rows(found: Recorded, room: int) -> list[str]:
    """The rows of the table."""
    lines = []
    for each in calculated(found):
        items = [f'"{each.signal.key}"', f'"{each.kind}"', _term("", each.of, room + 4)]
        items += [_term("whole=", each.whole, room + 4)] if each.whole else []
        items += [f"q={each.q!r}"] if each.q is not None else []
        items += [laid_out("by=", each.signal.by, room=room + 4)] if each.signal.by else []
        items += [f'aggregate="{each.aggregate}"'] if each.aggregate not in {None, "sum"} else []
        lines.append("\n".join(bracketed("runtime.Signal(", items, ")", room=room)))
    return lines


def _term(prefix: str, term: Term, room: int) -> str:
    selectors = [_selector(selector, room + 5) for selector in term]
    if len(selectors) == 1 and "\n" not in selectors[0] and len(prefix + selectors[0]) + room < 117:
        return f"{prefix}({selectors[0]},)"
    return "\n".join(bracketed(f"{prefix}(", selectors, ")", room=room))


def _selector(selector: Selector, room: int) -> str:
    items = [f'"{selector.of}"']
    if selector.where:
        items.append(laid_out("where=", dict(selector.where), room=room + 4))
    if selector.where_not:
        items.append(laid_out("where_not=", dict(selector.where_not), room=room + 4))
    if selector.where_matches:
        items.append(laid_out("where_matches=", dict(selector.where_matches), room=room + 4))
    if selector.where_not_matches:
        items.append(laid_out("where_not_matches=", dict(selector.where_not_matches), room=room + 4))
    return "\n".join(bracketed("runtime.Selector(", items, ")", room=room))


def snapshot_class(found: Recorded) -> list[str]:
    """The type of what `snapshot()` gives."""
    lines = [f"class {snapshot_name(found)}(NamedTuple):"]
    lines += docstring(
        [
            f"The signals of {found.definition.title} in this process, for the labels of one exporter.",
            "None where a signal has no value: no traffic, nothing observed, nothing set. Signals with labels of their "
            "own are maps by the labels' values.",
        ],
        4,
    )
    lines += ["", "    #: The seconds that it covers.", f"    {COVERED}: float"]
    for each in calculated(found):
        signal = each.signal
        about = " ".join((signal.description or signal.title).split())
        lines += [f"    #: {about.rstrip('.')} ({_unit(signal)}).", f"    {signal.key}: {_type(signal)}"]
    return lines


def _unit(signal: Signal) -> str:
    return {"per_second": "per second", "bytes_per_second": "bytes per second"}.get(signal.unit, signal.unit)


def _type(signal: Signal) -> str:
    if not signal.by:
        return "float | None"
    key = "str" if len(signal.by) == 1 else f"tuple[{', '.join('str' for _ in signal.by)}]"
    return f"Mapping[{key}, float]"


def snapshot_name(found: Recorded) -> str:
    """The name of the snapshot's type: `CacheSnapshot`."""
    return found.class_name.removesuffix("Metrics") + "Snapshot"
