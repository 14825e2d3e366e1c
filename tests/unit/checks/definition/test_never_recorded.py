"""definition/never-recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.asking import files

ID = "definition/never-recorded"

DEFINITION = """\
stackgen: 1
name: shop
title: Shop
metrics:
  orders: {type: counter, help: Orders.}
  spent: {type: histogram, unit: seconds, help: Time., buckets: [1, 2]}
  visits: {type: counter, help: Visits., count_of: spent}
  waiting: {type: gauge, help: Waiting.}
EVENTS
signals:
  visits: {title: Visits, rate: {of: visits}}
  both: {title: Both, rate: [{of: visits}, {of: orders}]}
  raw: {title: Raw, unit: count, promql: "sum by ($by) (increase(spent_count[$window]))"}
alerts:
  Many: {signal: visits, above: 1, severity: warning, summary: s}
  Either: {signal: both, above: 1, severity: warning, summary: s}
  Raw: {signal: raw, above: 1, severity: warning, summary: s}
  Gone: {signal: visits, absent: true, severity: warning, summary: s}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(events: str, text: str = DEFINITION) -> list[str]:
    text = text.replace("EVENTS", events)
    Path("shop.yaml").write_text(text)
    return [f"{each.place}: {each.problem}; {each.cure}" for each in files(ID, {"shop.yaml": text})]


def test_what_no_event_records_is_told_where_it_stands_and_which_alerts_never_fire() -> None:
    assert found("events: {order: {count: orders}}") == [
        "shop.yaml:6:3: no event observes 'spent', so it is never exposed, and Raw never fires; "
        "add `observe: spent` to an event, or remove the metric",
        "shop.yaml:7:3: no event counts 'visits', so it is never exposed, and Many never fires; "
        "add `count: visits` to an event, or remove the metric",
    ]


def test_what_an_event_records_is_right_and_so_is_its_count() -> None:
    assert found("events: {order: {count: orders}, visit: {observe: spent}}") == []


def test_what_others_record_is_not_ours_to_say() -> None:
    assert found("") == []


def test_what_is_inherited_is_told_of_the_definition() -> None:
    Path("base.yaml").write_text(
        DEFINITION.replace("EVENTS", "events: {order: {count: orders}, visit: {observe: spent}}")
    )
    text = "stackgen: 1\nextends: base.yaml\nevents: {order: null}\n"
    (only,) = found("", text)
    assert only.startswith("shop.yaml:1:1: no event counts 'orders', so it is never exposed;")
