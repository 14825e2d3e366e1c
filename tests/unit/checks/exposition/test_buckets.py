"""exposition/buckets."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/buckets"


def duration(*bounds: str) -> str:
    lines = [f'shop_duration_seconds_bucket{{le="{each}"}} 1' for each in (*bounds, "+Inf")]
    return "\n".join(["# TYPE shop_duration_seconds histogram", *lines, "shop_duration_seconds_count 1", ""])


def test_bounds_that_are_missing_and_bounds_that_are_more(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, duration("0.1", "0.5")) == [
        "'shop_duration_seconds' has other buckets at http://shop:8000/metrics: without 1, with 0.5 beside"
    ]


def test_bounds_are_numbers_and_not_texts(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, duration("1e-1", "1.0")) == []
