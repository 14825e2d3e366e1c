"""exposition/missing."""

from __future__ import annotations

from pathlib import Path

from stackgen.scrape.exposition import parse
from tests.unit.checks.exposition import shop

ID = "exposition/missing"


def test_a_metric_that_no_target_exposes_is_an_error_at_its_line_in_the_definition(tmp_path: Path) -> None:
    families = shop.with_changes()
    del families["shop_waiting"]
    (found,) = shop.findings(ID, shop.observation(tmp_path, shop.reading(families)))
    assert (found.level, found.problem) == ("error", "no target exposes 'shop_waiting'")
    assert Path(found.place.file).read_text().splitlines()[found.place.line - 1].strip().startswith("waiting:")
    assert found.path == "metrics.waiting"


def test_what_some_of_several_targets_lack_is_a_warning_that_names_them(tmp_path: Path) -> None:
    lacking = shop.with_changes()
    del lacking["shop_waiting"]
    seen = shop.observation(tmp_path, shop.reading(shop.with_changes(), "http://a"), shop.reading(lacking, "http://b"))
    (found,) = shop.findings(ID, seen)
    assert (found.level, found.problem) == ("warning", "1 of 2 targets expose 'shop_waiting'; not http://b")


def test_a_target_of_something_else_lacks_nothing(tmp_path: Path) -> None:
    other = parse("# TYPE other_total counter\nother_total 1\n", "other")
    seen = shop.observation(tmp_path, shop.reading(shop.with_changes(), "http://a"), shop.reading(other, "http://b"))
    assert shop.findings(ID, seen) == []


def test_a_metric_without_series_yet_is_a_hint(tmp_path: Path) -> None:
    seen = shop.observation(tmp_path, shop.reading(shop.with_changes("# TYPE shop_orders_total counter\n")))
    (found,) = shop.findings(ID, seen)
    assert (found.level, found.problem) == ("info", "'shop_orders_total' is exposed and has no series yet")
