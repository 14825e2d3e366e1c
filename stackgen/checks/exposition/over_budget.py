"""Labels with more values than their budget."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredLabel, shortened
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/over-budget",
    level=Level.ERROR,
    title="a label has more values than its budget",
    why="Every value brings its own series to every metric with the label; Prometheus pays for each in memory.",
    on=DeclaredLabel,
)
#: Where the values go that a generated exporter has no room for.
_REST = "other"


def check(declared: DeclaredLabel, _context: Context) -> Iterator[Finding]:
    """Open labels with more values at one target than `max_values` allows."""
    budget = declared.label.max_values
    if declared.label.values is not None or budget is None:
        return
    counts = {target: len(values - {_REST}) for target, values in declared.seen.items()}
    target = max(sorted(counts), key=lambda name: counts[name], default="")
    if target and counts[target] > budget:
        examples = shortened(sorted(declared.seen[target]), 3)
        many = f"{counts[target]:,} values at {target}, of {budget:,} allowed"
        problem = f"label {declared.label.name!r} has {many}: {examples}"
        cure = "see what brings new ones (an id, a path?) and leave it out, or raise `max_values`"
        yield META.finding(declared.place, f"labels.{declared.label.name}", problem, cure)
