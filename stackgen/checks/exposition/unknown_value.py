"""Label values outside of a closed set."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredLabel, shortened
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/unknown-value",
    level=Level.WARNING,
    title="a label has a value that is not declared",
    why="Ratios and alerts that list the values leave these series out.",
    on=DeclaredLabel,
)


def check(declared: DeclaredLabel, _context: Context) -> Iterator[Finding]:
    """Values that were seen beside those of a closed set."""
    if declared.label.values is None:
        return
    unknown = sorted(declared.values - set(declared.label.values))
    if unknown:
        where = next(target for target, values in sorted(declared.seen.items()) if unknown[0] in values)
        problem = f"label {declared.label.name!r} has {shortened([repr(each) for each in unknown])} at {where}"
        cure = "add it to `values`, or give the label a budget with `max_values`"
        yield META.finding(declared.place, f"labels.{declared.label.name}", problem, cure)
