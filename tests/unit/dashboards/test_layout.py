"""Panels fill a grid of 24 columns from their kinds and heights alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackgen.definition.model import Panel, PanelKind
from stackgen.generators.grafana.layout import COLUMNS, Position, bottom, shape_of
from stackgen.generators.grafana.layout import arrange as arrange_shapes

STAT, GRAPH, TABLE, TEXT = PanelKind.STAT, PanelKind.TIMESERIES, PanelKind.TABLE, PanelKind.TEXT


#: Panels of any kind, some of a height of their own.
panels = st.builds(Panel, kind=st.sampled_from(PanelKind), title=st.just(""), height=st.none() | st.integers(2, 40))


def arrange(panels: list[PanelKind] | list[Panel], top: int) -> tuple[Position, ...]:
    """Places for panels, or for panels of these kinds."""
    made = [Panel(kind=each, title="") if isinstance(each, PanelKind) else each for each in panels]
    return arrange_shapes([shape_of(each) for each in made], top)


def widths(*kinds: PanelKind) -> list[list[int]]:
    """The widths of the panels, line by line."""
    lines: dict[int, list[int]] = {}
    for place in arrange([*kinds], top=0):
        lines.setdefault(place.y, []).append(place.width)
    return list(lines.values())


def test_up_to_six_stats_share_a_line() -> None:
    assert widths(STAT) == [[24]]
    assert widths(*[STAT] * 4) == [[6, 6, 6, 6]]
    assert widths(*[STAT] * 6) == [[4, 4, 4, 4, 4, 4]]


def test_widths_that_do_not_divide_24_still_fill_the_line() -> None:
    assert widths(*[STAT] * 5) == [[5, 5, 5, 5, 4]]


def test_more_panels_than_fit_side_by_side_are_spread_evenly_over_lines() -> None:
    assert widths(*[STAT] * 7) == [[6, 6, 6, 6], [8, 8, 8]]
    assert widths(*[GRAPH] * 4) == [[12, 12], [12, 12]]
    assert widths(*[GRAPH] * 5) == [[8, 8, 8], [12, 12]]


def test_graphs_and_heatmaps_share_a_line() -> None:
    assert widths(GRAPH, PanelKind.HEATMAP, PanelKind.STATETIMELINE) == [[8, 8, 8]]


def test_panels_of_another_height_begin_a_line_of_their_own() -> None:
    places = arrange([STAT, STAT, GRAPH, TEXT], top=10)
    assert [place.y for place in places] == [10, 10, 14, 23]
    assert bottom(places, top=10) == 28


def test_a_panel_has_the_height_that_it_asks_for_and_shares_lines_with_those_of_the_same() -> None:
    tall = Panel(kind=STAT, title="", height=9)
    graph = Panel(kind=GRAPH, title="")
    assert [(each.x, each.y, each.width, each.height) for each in arrange([tall, graph], top=0)] == [
        (0, 0, 12, 9),
        (12, 0, 12, 9),
    ]
    low = Panel(kind=GRAPH, title="", height=4)
    assert [(each.y, each.height) for each in arrange([graph, low, tall], top=0)] == [(0, 9), (9, 4), (13, 9)]


def test_a_table_has_at_least_half_the_width() -> None:
    assert widths(TABLE, TABLE, TABLE) == [[12, 12], [24]]


def test_an_empty_row_takes_no_room() -> None:
    assert arrange([], top=3) == ()
    assert bottom([], top=3) == 3


@given(st.lists(panels, max_size=40), st.integers(0, 100))
def test_every_cell_belongs_to_exactly_one_panel(panels: list[Panel], top: int) -> None:
    places = arrange(panels, top)
    cells = [
        (x, y)
        for place in places
        for x in range(place.x, place.x + place.width)
        for y in range(place.y, place.y + place.height)
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert set(cells) == {(x, y) for x in range(COLUMNS) for y in range(top, bottom(places, top))}, "there is a hole"


@given(st.lists(panels, min_size=2, max_size=40))
def test_panels_stand_in_the_order_of_the_definition(panels: list[Panel]) -> None:
    corners = [(place.y, place.x) for place in arrange(panels, 0)]
    assert corners == sorted(corners)
