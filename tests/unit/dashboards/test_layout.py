"""Panels fill a grid of 24 columns from their kinds alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackgen.definition.model import PanelKind
from stackgen.generators.grafana.layout import COLUMNS, arrange, bottom

STAT, GRAPH, TABLE, TEXT = PanelKind.STAT, PanelKind.TIMESERIES, PanelKind.TABLE, PanelKind.TEXT


def widths(*kinds: PanelKind) -> list[list[int]]:
    """The widths of the panels, line by line."""
    lines: dict[int, list[int]] = {}
    for place in arrange(kinds, top=0):
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


def test_a_table_has_at_least_half_the_width() -> None:
    assert widths(TABLE, TABLE, TABLE) == [[12, 12], [24]]


def test_an_empty_row_takes_no_room() -> None:
    assert arrange([], top=3) == ()
    assert bottom([], top=3) == 3


@given(st.lists(st.sampled_from(PanelKind), max_size=40), st.integers(0, 100))
def test_every_cell_belongs_to_exactly_one_panel(kinds: list[PanelKind], top: int) -> None:
    places = arrange(kinds, top)
    cells = [
        (x, y)
        for place in places
        for x in range(place.x, place.x + place.width)
        for y in range(place.y, place.y + place.height)
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert set(cells) == {(x, y) for x in range(COLUMNS) for y in range(top, bottom(places, top))}, "there is a hole"


@given(st.lists(st.sampled_from(PanelKind), min_size=2, max_size=40))
def test_panels_stand_in_the_order_of_the_definition(kinds: list[PanelKind]) -> None:
    corners = [(place.y, place.x) for place in arrange(kinds, 0)]
    assert corners == sorted(corners)
