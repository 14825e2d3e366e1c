"""The live view: what is seen of each metric just now, as many lines as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from stackgen.checks.exposed import DeclaredMetric
from stackgen.checks.reports.text import line
from stackgen.findings import Level
from stackgen.verification.coverage import lines as coverage_lines
from stackgen.verification.observing import Observation
from stackgen.verification.verifying import Verified

#: What a terminal understands: the cursor home, the rest of the line and of the screen cleared.
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_MARKS = {"missing": "-", "empty": ".", "still": "=", "moving": "+", "there": " "}


def screen(observation: Observation, verified: Verified, size: tuple[int, int]) -> str:
    """One picture for a terminal of that many columns and lines."""
    columns, rows = size
    lines = picture(observation, verified, rows - 1)
    return _HOME + "".join(f"{each[: columns - 1]}{_END_OF_LINE}\n" for each in lines) + _END_OF_SCREEN


def picture(observation: Observation, verified: Verified, rows: int) -> list[str]:
    """Coverage first, then what is wrong, then the metrics, those that move before those that do not."""
    head = [f"stackgen verify, {observation.window or 'the first look'}; Ctrl-C ends it and reports"]
    head += [coverage_lines(each)[0] for each in verified.coverage]
    wrong = [line(each) for each in verified.report.findings if each.level is not Level.INFO]
    room = max(rows - len(head) - 2, 2)
    found = _cut(wrong, max(room // 2, room - _metrics_count(observation)))
    metrics = [each for declared in observation.declared for each in observation.metrics(declared)]
    table = [_row(each) for each in sorted(metrics, key=_order)]
    return [*head, *found, "", *_cut(table, room - len(found))]


def _metrics_count(observation: Observation) -> int:
    return sum(len(each.definition.metrics) for each in observation.declared)


def _cut(lines: Sequence[str], at_most: int) -> list[str]:
    if len(lines) <= at_most:
        return list(lines)
    return [*lines[: max(at_most - 1, 0)], f"... and {len(lines) - max(at_most - 1, 0)} more"]


def state(declared: DeclaredMetric) -> str:
    """What a metric is doing: missing, empty (no series), still, moving, or there (a gauge that has not changed)."""
    if not declared.exposures:
        return "missing"
    if not declared.children:
        return "empty"
    if declared.moved:
        return "moving"
    return "still" if declared.metric.type in ("counter", "histogram") else "there"


def _order(declared: DeclaredMetric) -> tuple[int, str]:
    order = ("missing", "moving", "there", "still", "empty")
    return order.index(state(declared)), declared.metric.exposed


def _row(declared: DeclaredMetric) -> str:
    word = state(declared)
    series = f"{declared.children:,} series" if declared.children else ""
    return f"{_MARKS[word]} {declared.metric.exposed:<52} {declared.metric.type:<10} {word:<8} {series}"
