"""exposition/wrong-unit."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/wrong-unit"


def test_the_unit_of_openmetrics_counts(tmp_path: Path) -> None:
    text = (
        "# TYPE shop_duration_seconds histogram\n# UNIT shop_duration_seconds milliseconds\n"
        'shop_duration_seconds_bucket{le="+Inf"} 1\n'
    )
    assert shop.changed(ID, tmp_path, text) == [
        "'shop_duration_seconds' is declared in seconds, and is in 0.001 seconds"
    ]


def test_a_unit_that_is_not_declared_is_a_warning(tmp_path: Path) -> None:
    families = shop.with_changes("# TYPE shop_waiting gauge\n# UNIT shop_waiting bytes\nshop_waiting 2\n")
    (found,) = shop.findings(ID, shop.observation(tmp_path, shop.reading(families)))
    assert (found.level, found.cure) == ("warning", "write `unit: bytes`")
