"""What the dashboard of objectives shows when all is over, against what the workload counted itself.

Its windows are minutes to days: of those that reach back to before the counts were read it is only known that nothing
had been counted when the workload began.
"""

from __future__ import annotations

import re
from functools import partial

from stackgen.definition import load
from stackgen.definition.model import LatencyWithin
from stackgen.definition.quantities import duration
from tests.integration.pipeline import RunningStack
from tests.integration.stack.ledger import Ledger, Reading
from tests.integration.stack.shown import COUNT_OF_HITS, around, dashboard, queries, read
from tests.integration.stack.window import Scrapes, Span, Window, number

_SLOS = load("cache").slos

#: Before the workload began.
_NOTHING = Reading(0.0, 0.0, b'{"caches": {}}')
#: No scrape takes longer, in seconds: it is the interval.
_SCRAPE = 2.0


def objectives_are_shown(stack: RunningStack, ledger: Ledger) -> set[str]:
    """Every window of every objective shows the share of bad events that was counted, and how fast that burns.

    Gives the queries of the dashboard that were compared.
    """
    over = ledger.readings[-1].asked - 2
    compared: set[str] = set()
    wrong: list[str] = []
    for query in queries("slo", dashboard(stack, "slo")):
        recorded = re.search(r"slo:sli_error:ratio_rate(\w+)", query.expr)
        if recorded is None:
            continue
        length = duration(recorded[1])
        assert length is not None
        for key in _SLOS:
            at = stack.value(f'timestamp({recorded[0]}{{sloth_slo="{key}"}})', over)
            span = _bad(_window(stack, ledger, at, length), key)
            shown = read(stack, query, at)[key,]
            budget = 1 - _SLOS[key].objective / 100 if "error_budget" in query.expr else 1.0
            if span is None or not Span(span.low / budget, span.high / budget).holds(shown):
                wrong.append(f"{query} of {key}: shows {shown:g}, counted were {span} of a budget of {budget:g}")
        compared.add(query.signal)
    assert not wrong, "\n".join(wrong)
    return compared


def _bad(window: Window, key: str) -> Span | None:
    """The share of the events that an objective counts as bad."""
    every = window.select("operation_duration")
    indicator = _SLOS[key].indicator
    if isinstance(indicator, LatencyWithin):
        return window.share(
            window.rate(every, window.above(indicator.within)), window.rate(every, window.below(indicator.within))
        )
    failed = window.select("operation_duration", result=["error"])
    return window.share(window.rate(failed, number), window.rate([one for one in every if one not in failed], number))


def _window(stack: RunningStack, ledger: Ledger, at: float, length: float) -> Window:
    """The window that ends then; the last scrape in it may have been stored too late."""
    samples = stack.query(f"{COUNT_OF_HITS}[{length:g}s]", at)
    times = [float(each) for series in samples for each, _ in series["values"]]
    known = partial(around, stack, ledger)
    try:
        began = known(times[0])
    except LookupError:
        began = _NOTHING, next(each for each in ledger.readings if each.asked > times[0] + _SCRAPE)
    stored = Scrapes(times, began, known(times[-1]))
    return Window(at, length, [stored, Scrapes(times[:-1], began, known(times[-2]))])
