"""A panel's id follows from what the panel is known by, and stays when other panels come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackgen.generators.grafana.identity import Identity, panel_ids

identities = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), unique=True, max_size=30)


def test_ids_are_the_same_on_every_machine() -> None:
    assert panel_ids([("overview", "row", "Errors")]) == [1394768709]


@given(identities, st.data())
def test_ids_stay_when_a_panel_is_added_anywhere(before: list[Identity], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(before)))
    after = [*before[:place], ("a", "new", "panel"), *before[place:]]
    ids = dict(zip(after, panel_ids(after), strict=True))
    assert panel_ids(before) == [ids[each] for each in before]


@given(identities, st.integers(30, 60))
def test_identities_whose_hashes_collide_still_have_an_id_each(known: list[Identity], ids: int) -> None:
    given_out = panel_ids(known, ids)
    assert len(set(given_out)) == len(known)
    assert all(1 <= each <= ids for each in given_out)


def test_of_two_panels_known_by_the_same_the_first_keeps_its_id() -> None:
    alone = panel_ids([("overview", "Latency")])
    first, second = panel_ids([("overview", "Latency"), ("overview", "Latency")])
    assert [first] == alone
    assert second != first


def test_where_one_part_ends_matters() -> None:
    first, second = panel_ids([("ab", "c"), ("a", "bc")])
    assert first != second
