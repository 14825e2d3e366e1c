"""The dashboard of a definition that says nothing about dashboards: it follows from the signals and what they mean.

Rows are in the order in which an incident is read: how it stands, then traffic, errors and duration, then what runs
full, then what state things are in, then the rest, folded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stackgen.definition.model import (
    GENERATED_DASHBOARDS,
    UP,
    Dashboard,
    Definition,
    Increase,
    Info,
    Level,
    Mean,
    MetricType,
    Panel,
    PanelKind,
    Quantile,
    Rate,
    Ratio,
    Row,
    Selector,
    Signal,
)

#: As many numbers as stand in one line.
_AT_A_GLANCE = 6
#: Of one dashboard, so that it can be read to its end, loads in a moment and stays below 250 kB.
_PANELS_AT_MOST = 40
#: Endings by which a signal is known as the limit of another: `size` and `size_limit` belong on one graph.
LIMITS = ("_limit", "_max", "_capacity")
#: How words begin that tell of failures.
_FAILURES = ("abort", "crash", "error", "exception", "fail", "fatal", "reject", "timeout")


def dashboard_set(definition: Definition) -> dict[str, Dashboard]:
    """All dashboards of a definition: its own, else those that follow from its signals; then alerts and objectives."""
    generated = {key: each for key, each in definition.dashboards.items() if key in GENERATED_DASHBOARDS}
    own = {key: each for key, each in definition.dashboards.items() if key not in generated}
    return {**(own or default_dashboards(definition)), **generated}


def home_dashboard(definition: Definition) -> Dashboard | None:
    """The dashboard to open first: the overview, else the first; None where there is none."""
    boards = dashboard_set(definition)
    return boards.get("overview") or next(iter(boards.values()), None)


def default_dashboards(definition: Definition) -> dict[str, Dashboard]:
    """The dashboard `overview` with every signal on it, and `overview_2` ... where one would be too long to be read.

    None where there is no signal and no histogram.
    """
    description = definition.description or f"The signals of {definition.title}."
    result = {}
    for number, rows in enumerate(pages([row for row in _rows(definition) if row.panels]), start=1):
        key, title = "overview", f"{definition.title} / Overview"
        if number > 1:
            key, title = f"{key}_{number}", f"{title} {number}"
        result[key] = Dashboard(key=key, title=title, description=description, rows=tuple(rows))
    return result


def pages(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows in order, on as many pages as it takes; a row that does not fit goes on on the next page."""
    pages: list[list[Row]] = []
    room = 0
    for row in rows:
        left = row.panels
        while left:
            if room == 0:
                pages.append([])
                room = _PANELS_AT_MOST
            pages[-1].append(replace(row, panels=left[:room]))
            taken = len(pages[-1][-1].panels)
            left, room = left[taken:], room - taken
    return pages


def _rows(definition: Definition) -> Iterable[Row]:
    signals = tuple(definition.signals.values())
    split = tuple(label.name for label in definition.bound_labels[:1])
    traffic = [each for each in signals if _is_traffic(definition, each) and each.good != "low"]
    losses = [each for each in signals if _is_traffic(definition, each) and each.good == "low"]
    errors = [each for each in losses if _is_failure(each)]
    durations = [each for each in signals if isinstance(each.expression, Quantile | Mean)]
    states = [each for each in signals if each.states and not _is_up(each)]
    facts = [each for each in signals if isinstance(each.expression, Info)]
    targets = [each for each in signals if _is_up(each)]
    placed = {each.key for each in (*traffic, *errors, *durations, *states, *facts, *targets)}
    # What is lost without having failed (evictions, say) is read beside what runs full: the one follows the other.
    levels = [each for each in signals if each.key not in placed]

    yield Row(title="At a glance", panels=tuple(_glance(definition, traffic, errors, durations, levels)))
    yield Row(title="Traffic", panels=tuple(_graph((each,), split) for each in traffic))
    yield Row(title="Errors", panels=tuple(_graph((each,), split) for each in errors))
    yield Row(title="Duration", panels=tuple(_distributions(definition, durations)))
    yield Row(title="Saturation", panels=tuple(_graph(group, split) for group in _with_limits(levels)))
    yield Row(title="State", panels=tuple(_timeline(each, split) for each in states))
    yield Row(
        title="Internals",
        collapsed=True,
        panels=(
            *(_timeline(each, ("instance",)) if each.states else _graph((each,), ("instance",)) for each in targets),
            *(Panel(kind=PanelKind.TABLE, title=each.title, signals=(each.key,)) for each in facts),
        ),
    )


def _glance(
    definition: Definition,
    traffic: Sequence[Signal],
    errors: Sequence[Signal],
    durations: Sequence[Signal],
    levels: Sequence[Signal],
) -> list[Panel]:
    """The numbers to look at first: of each golden signal one, then more of what alerts look at."""
    watched = {alert.signal for alert in definition.alerts.values()}
    ratios = [each for each in (*traffic, *errors) if isinstance(each.expression, Ratio)]
    tails = sorted(durations, key=lambda each: -each.expression.q if isinstance(each.expression, Quantile) else 0)
    candidates = [
        *[each for each in traffic if not isinstance(each.expression, Ratio)][:1],
        *[each for each in ratios if each.good == "high"][:1],
        *([each for each in ratios if each.good == "low"] or errors)[:1],
        *([each for each in durations if each.key in watched] or tails)[:1],
        *[each for each in levels if each.key in watched and isinstance(each.expression, Ratio)],
        *[each for each in levels if each.key in watched],
        *[each for each in (*traffic, *errors, *durations) if each.key in watched],
        *[each for each in levels if isinstance(each.expression, Ratio)],
        *levels,
        *ratios,
        *tails,
    ]
    chosen = list({each.key: each for each in candidates}.values())[:_AT_A_GLANCE]
    return [Panel(kind=PanelKind.STAT, title=each.title, signals=(each.key,), by=()) for each in chosen]


def _distributions(definition: Definition, durations: Sequence[Signal]) -> list[Panel]:
    """For each histogram a graph of its quantiles and mean, series of one selection together, and a heatmap."""
    groups: list[tuple[Selector, list[Signal]]] = []
    for signal in durations:
        if isinstance(signal.expression, Quantile | Mean):
            of = signal.expression.of
            group = next((signals for selector, signals in groups if selector == of), None)
            if group is None:
                groups.append((of, [signal]))
            else:
                group.append(signal)
    result = []
    for metric in definition.metrics.values():
        if metric.type is not MetricType.HISTOGRAM:
            continue
        for selector, group in groups:
            if selector.of == metric.key:
                result.append(_graph(tuple(group), (), None if len(group) == 1 else _shared_title(group)))
        title = metric.help.rstrip(".") or metric.key.replace("_", " ").capitalize()
        result.append(Panel(kind=PanelKind.HEATMAP, title=title, description=metric.help, metric=metric.key))
    return result


def _graph(group: Sequence[Signal], split: tuple[str, ...], title: str | None = None) -> Panel:
    """A graph over time; a single signal that is not split by itself is split by `split`."""
    by = split if len(group) == 1 and not group[0].by and split else None
    return Panel(
        kind=PanelKind.TIMESERIES,
        title=title or group[0].title,
        description=" ".join(each.description for each in group).strip(),
        signals=tuple(each.key for each in group),
        by=by,
    )


def _timeline(signal: Signal, split: tuple[str, ...]) -> Panel:
    by = split if not signal.by and split else None
    return Panel(kind=PanelKind.STATETIMELINE, title=signal.title, signals=(signal.key,), by=by)


def _with_limits(levels: Sequence[Signal]) -> list[tuple[Signal, ...]]:
    """The signals, each that has a limit of the same unit together with it."""
    by_key = {each.key: each for each in levels}
    limits: dict[str, Signal] = {}
    for each in levels:
        limit = next((by_key[each.key + ending] for ending in LIMITS if each.key + ending in by_key), None)
        if limit is not None and limit.unit == each.unit and limit.by == each.by:
            limits[each.key] = limit
    taken = {limit.key for limit in limits.values()}
    return [(each, limits[each.key]) if each.key in limits else (each,) for each in levels if each.key not in taken]


def _shared_title(group: Sequence[Signal]) -> str:
    """What the titles of the group have in common (`p50 latency`, `p99 latency`: Latency), else all of them."""
    shared = set.intersection(*({word.lower() for word in each.title.split()} for each in group))
    words = [word for word in group[0].title.split() if word.lower() in shared]
    title = " ".join(words)
    return title[:1].upper() + title[1:] if words else ", ".join(each.title for each in group)


def _is_traffic(definition: Definition, signal: Signal) -> bool:
    """Whether a signal counts events, or is a share of counted events."""
    match signal.expression:
        case Rate() | Increase():
            return True
        case Ratio(part):
            return part[0].of != UP and definition.metrics[part[0].of].type is not MetricType.GAUGE
    return False


def _is_failure(signal: Signal) -> bool:
    """Whether a signal is about things that failed, by its name or by the series it picks out."""
    words = set(signal.key.split("_"))
    if isinstance(signal.expression, Ratio):
        words |= {
            value for selector in signal.expression.part for values in selector.where.values() for value in values
        }
    return any(word.startswith(_FAILURES) for word in words)


def _is_up(signal: Signal) -> bool:
    """Whether a signal is about the targets themselves."""
    return isinstance(signal.expression, Level) and all(selector.of == UP for selector in signal.expression.term)
