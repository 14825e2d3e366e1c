"""What holds for the dashboards of any definition."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.definition.model import Dashboard, Definition, Panel, PanelKind, Row, Stack
from stackgen.generators import dashboards
from tests.unit.dashboards.contract import Json, panels, problems, selectors, targets
from tests.unit.dashboards.strategies import definitions, texts, titles
from tests.unit.dashboards.strategies import panels as any_panel

#: Drawing a definition takes longer than what is done with it, so each is looked at from several sides.
whole_definitions = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def drawn(definition: Definition) -> list[Json]:
    return [json.loads(text) for text in dashboards.generate(definition).values()]


@whole_definitions
@given(definitions())
def test_what_is_drawn_is_right_and_the_same_each_time(definition: Definition) -> None:
    for dashboard in drawn(definition):
        assert problems(dashboard) == [], "schemas, SDK, linter and grid have nothing to say"
        for target in targets(dashboard):
            assert list(selectors(target["expr"])), "every expression parses"
        for panel in panels(dashboard):
            references = [target["refId"] for target in panel.get("targets", ())]
            assert len(references) == len(set(references))
        rows = [each for each in dashboard["panels"] if each["type"] == "row"]
        ids = [each["id"] for each in (*rows, *panels(dashboard))]
        assert len(ids) == len(set(ids)), "every panel has an id of its own"
        assert all(0 < each < 2**31 for each in ids)
    assert dashboards.generate(definition) == dashboards.generate(definition)


@whole_definitions
@given(definitions(), st.data())
def test_a_panel_that_is_added_leaves_all_others_as_they_were(definition: Definition, data: st.DataObject) -> None:
    rows = [(key, index) for key, board in definition.dashboards.items() for index in range(len(board.rows))]
    if not rows:
        return
    key, index = data.draw(st.sampled_from(rows))
    board = definition.dashboards[key]
    row = board.rows[index]
    histograms = [name for name, metric in definition.metrics.items() if metric.buckets]
    added = replace(data.draw(any_panel(dict(definition.signals), histograms, [])), title="Something new")
    place = data.draw(st.integers(0, len(row.panels)))
    longer = replace(row, panels=(*row.panels[:place], added, *row.panels[place:]))
    changed = replace(board, rows=(*board.rows[:index], longer, *board.rows[index + 1 :]))

    def without_places(one: Definition) -> list[Json]:
        return [
            {name: part for name, part in panel.items() if name != "gridPos"}
            for dashboard in drawn(one)
            for panel in panels(dashboard)
        ]

    before = without_places(definition)
    after = without_places(replace(definition, dashboards={**definition.dashboards, key: changed}))
    for panel in before:
        after.remove(panel)
    assert [panel["title"] for panel in after] == ["Something new"]


@given(titles, texts)
def test_any_text_is_shown_as_it_was_written(title: str, text: str) -> None:
    note = Panel(kind=PanelKind.TEXT, title=title, text=text)
    board = Dashboard(key="overview", title=title, rows=(Row(title=title, panels=(note,)),))
    stack = Stack(jobs=("x",), runbooks="http://127.0.0.1:9095/runbooks", grafana="http://127.0.0.1:3000")
    (dashboard,) = drawn(Definition(name="x", title="X", source="x", dashboards={"overview": board}, stack=stack))
    (shown,) = panels(dashboard)
    assert (dashboard["title"], shown["title"], shown["options"]["content"]) == (title, title, text)
