"""How much of a definition was seen: metrics with series, and the values of closed labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackgen.checks.exposed import DeclaredLabel, DeclaredMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of one definition."""

    definition: str
    #: Keys of the metrics that have series, and of those that have none.
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    #: Values of closed labels as `label=value`: those that were seen, and those that were not.
    values_seen: tuple[str, ...]
    values_unseen: tuple[str, ...]
    #: Sets of labels, at all targets together.
    series: int
    #: Counters and histograms that moved, of all of them; None: nobody has looked twice.
    moved: int | None
    counted: int

    @property
    def metrics_share(self) -> float:
        """The share of the metrics that were seen, 0 to 1."""
        return len(self.seen) / max(len(self.seen) + len(self.unseen), 1)

    @property
    def values_share(self) -> float:
        """The share of the label values that were seen; 1 where none are declared."""
        every = len(self.values_seen) + len(self.values_unseen)
        return len(self.values_seen) / every if every else 1.0


def coverage_of(
    definition: str, metrics: Sequence[DeclaredMetric], labels: Sequence[DeclaredLabel]
) -> Coverage:  # fmt: skip
    """The coverage of a definition by what was seen of its metrics and labels."""
    counted = [each for each in metrics if each.metric.type in ("counter", "histogram")]
    watched = any(each.moved is not None for each in metrics)
    # A bound label has one value at each exporter; that the others are not seen says nothing.
    values = [(label, value) for label in labels if not label.label.bind for value in label.label.values or ()]
    return Coverage(
        definition=definition,
        seen=tuple(each.metric.key for each in metrics if each.children),
        unseen=tuple(each.metric.key for each in metrics if not each.children),
        values_seen=tuple(f"{label.label.name}={value}" for label, value in values if value in label.values),
        values_unseen=tuple(f"{label.label.name}={value}" for label, value in values if value not in label.values),
        series=sum(each.children for each in metrics),
        moved=sum(1 for each in counted if each.moved) if watched else None,
        counted=len(counted),
    )


def lines(coverage: Coverage) -> list[str]:
    """The coverage for people."""
    metrics, values = len(coverage.seen) + len(coverage.unseen), len(coverage.values_seen) + len(coverage.values_unseen)
    text = f"{coverage.definition}: {len(coverage.seen)} of {metrics} metrics seen ({coverage.metrics_share:.0%})"
    if values:
        text += f", {len(coverage.values_seen)} of {values} label values ({coverage.values_share:.0%})"
    text += f", {coverage.series:,} series"
    if coverage.moved is not None:
        text += f", {coverage.moved} of {coverage.counted} counters and histograms moved"
    found = [text]
    for word, unseen in (("metrics", coverage.unseen), ("label values", coverage.values_unseen)):
        if unseen:
            more = f" and {len(unseen) - _LISTED} more" if len(unseen) > _LISTED else ""
            found.append(f"  {word} not seen: {', '.join(unseen[:_LISTED])}{more}")
    return found


_LISTED = 12


def as_data(coverage: Coverage) -> dict[str, object]:
    """The coverage for scripts."""
    return {
        "definition": coverage.definition,
        "metrics": {
            "seen": len(coverage.seen),
            "declared": len(coverage.seen) + len(coverage.unseen),
            "share": round(coverage.metrics_share, 4),
            "unseen": list(coverage.unseen),
        },
        "values": {
            "seen": len(coverage.values_seen),
            "declared": len(coverage.values_seen) + len(coverage.values_unseen),
            "share": round(coverage.values_share, 4),
            "unseen": list(coverage.values_unseen),
        },
        "series": coverage.series,
        "counted": coverage.counted,
        "moved": coverage.moved,
    }
