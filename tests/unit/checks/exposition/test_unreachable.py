"""exposition/unreachable."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/unreachable"


def test_a_target_that_cannot_be_read_is_told_with_the_cause(tmp_path: Path) -> None:
    seen = shop.observation(tmp_path, shop.reading(shop.with_changes()))
    seen.fail("http://b/metrics", "http://b/metrics: cannot be asked: Connection refused; check the address")
    (found,) = shop.findings(ID, seen)
    assert str(found) == "http://b/metrics:1:1: cannot be asked: Connection refused; check the address"


def test_one_that_answers_again_is_no_finding(tmp_path: Path) -> None:
    seen = shop.observation(tmp_path)
    seen.fail("http://shop:8000/metrics", "http://shop:8000/metrics: answers 503")
    seen.take(shop.reading(shop.with_changes()))
    assert shop.findings(ID, seen) == []
