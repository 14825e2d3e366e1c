"""The live view."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from stackgen.scrape.exposition import parse
from stackgen.verification.observing import Observation
from stackgen.verification.verifying import verify
from stackgen.verification.view import picture, screen
from tests.unit.checks.exposition import shop

_MORE = shop.HEALTHY.replace('country="at"} 3', 'country="at"} 5')


def seen(folder: Path) -> Observation:
    """Two looks: an order more, and then a target where one metric is missing."""
    looks = [parse(text, "page") for text in (shop.HEALTHY, _MORE)]
    del looks[1]["shop_waiting"]
    return shop.observation(folder, *map(shop.reading, looks))


def test_it_shows_coverage_then_what_is_wrong_then_the_metrics(tmp_path: Path) -> None:
    observation = seen(tmp_path)
    lines = picture(observation, verify(observation, date(2026, 11, 25)), 20)
    assert lines[0] == "stackgen verify, 30s; Ctrl-C ends it and reports"
    assert lines[1].startswith("shop: 2 of 3 metrics seen (67%), 2 of 2 label values (100%), 3 series, 1 of 2")
    assert "error: metrics.waiting: no target exposes 'shop_waiting'" in lines[2]
    assert [line.split()[:4] for line in lines[4:]] == [
        ["-", "shop_waiting", "gauge", "missing"],
        ["+", "shop_orders_total", "counter", "moving"],
        ["=", "shop_duration_seconds", "histogram", "still"],
    ]


def test_it_never_has_more_lines_or_columns_than_the_terminal(tmp_path: Path) -> None:
    observation = seen(tmp_path)
    verified = verify(observation, date(2026, 11, 25))
    for columns, rows in ((80, 24), (40, 7), (200, 5)):
        lines = screen(observation, verified, (columns, rows)).splitlines()
        assert len(lines) <= rows + 1  # the last one clears what is below
        assert all(
            len(line.replace("\x1b[H", "").replace("\x1b[K", "").replace("\x1b[J", "")) < columns for line in lines
        )
