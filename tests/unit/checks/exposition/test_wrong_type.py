"""exposition/wrong-type."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/wrong-type"


def test_a_counter_that_is_declared_as_a_gauge(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, "# TYPE shop_waiting counter\nshop_waiting 2\n") == [
        "'shop_waiting' is declared as a gauge, and http://shop:8000/metrics exposes a counter"
    ]


def test_where_nobody_tells_a_type_none_is_wrong(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, "shop_waiting 2\n") == []


def test_a_summary_is_no_histogram(tmp_path: Path) -> None:
    text = "# TYPE shop_duration_seconds summary\nshop_duration_seconds_sum 1\nshop_duration_seconds_count 2\n"
    assert len(shop.changed(ID, tmp_path, text)) == 1
