"""definition/series-budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.asking import files

ID = "definition/series-budget"


DEFINITION = """\
stackgen: 1
name: shop
title: Shop
labels:
  shop: {{bind: true, max_values: 100000}}
  country: {{max_values: {countries}}}
  kind: {{values: [a, b]}}
metrics:
  orders: {{type: counter, help: Orders., labels: [country]}}
  duration: {{type: histogram, unit: seconds, help: Time., labels: [country, kind], buckets: [0.1, 1]}}
events:
  order: {{observe: duration, count: orders, arguments: [country, kind]}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(countries: int) -> list[str]:
    text = DEFINITION.format(countries=countries)
    Path("shop.yaml").write_text(text)
    return [each.problem for each in files(ID, {"shop.yaml": text})]


def test_what_one_exporter_may_have_is_counted() -> None:
    # 1,000 counters; 1,000 x 2 histograms of two bounds, +Inf, a sum and a count.
    assert found(1000) == ["one exporter may have 11,000 series, of 10,000 allowed; 10,000 of them are duration's"]


def test_within_the_budget_it_is_right_and_bound_labels_do_not_count() -> None:
    assert found(900) == []
