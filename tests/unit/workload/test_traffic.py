"""Requests come at the rate that was asked for, ask for what real callers ask for, and a seed gives the same again."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise
from random import Random

import pytest

from stackgen.workload.arrivals import CROWD_EVERY, CROWD_SIZE, MOST_LATE, Arrivals
from stackgen.workload.randomness import stream
from stackgen.workload.requests import Action, Request, Requests, Route
from stackgen.workload.scenarios import BURST, COLD, ERRORS, NORMAL, SLOW, Scenario, Stage
from stackgen.workload.settings import SESSIONS
from stackgen.workload.zipf import ZipfRanks


def requests_of(scenario: Scenario, count: int, *, seed: int = 1, stage: Stage | None = None) -> list[Request]:
    requests = Requests(SESSIONS, stage=stage or Stage(scenario), random=stream(seed, "test"))
    return [requests.next() for _ in range(count)]


def share(requests: list[Request], route: Route) -> float:
    return sum(request.route is route for request in requests) / len(requests)


def test_the_nth_key_is_drawn_in_proportion_to_one_nth() -> None:
    random = Random(1)
    ranks = ZipfRanks(100, 1.0)
    drawn = Counter(ranks.draw(random) for _ in range(100_000))
    assert set(drawn) == set(range(100))
    for rank in (1, 3, 9):
        assert drawn[0] / drawn[rank] == pytest.approx(rank + 1, rel=0.1)


def test_one_key_is_always_drawn() -> None:
    assert {ZipfRanks(1, 1.1).draw(Random(seed)) for seed in range(20)} == {0}


def arrivals(scenario: Scenario, rate: float = 100.0) -> Arrivals:
    return Arrivals(rate=rate, stage=Stage(scenario), random=stream(1, "test"), start=0.0)


@pytest.mark.parametrize(
    ("scenario", "rate", "expected"),
    [
        (NORMAL, 100.0, 100.0),
        (BURST, 1000.0, 1000.0 * BURST.rate_factor),
        (BURST, 1.0, BURST.rate_floor),
    ],
)
def test_requests_come_at_the_rate(scenario: Scenario, rate: float, expected: float) -> None:
    due = arrivals(scenario, rate)
    last = [due.next(now=0.0) for _ in range(20_000)][-1]
    assert 20_000 / last.due == pytest.approx(expected, rel=0.05)


def test_gaps_are_random_as_those_of_independent_callers_are() -> None:
    due = arrivals(NORMAL)
    times = [due.next(now=0.0) for _ in range(20_000)]
    gaps = [after.due - before.due for before, after in pairwise(times) if not after.in_crowd]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.05)  # which is the mark of a Poisson process


def test_now_and_then_a_crowd_comes_at_once() -> None:
    due = arrivals(NORMAL)
    crowds = Counter(arrival.due for arrival in (due.next(now=0.0) for _ in range(20_000)) if arrival.in_crowd)
    assert set(crowds.values()) == {CROWD_SIZE}
    assert len(crowds) > 5
    assert all(after - before == pytest.approx(CROWD_EVERY) for before, after in pairwise(sorted(crowds)))
    assert SESSIONS.pool_limit < CROWD_SIZE  # or nobody would ever wait for a connection
    assert SESSIONS.callers > CROWD_SIZE


def test_a_crowd_looks_things_up_and_takes_a_little_longer() -> None:
    requests = Requests(SESSIONS, stage=Stage(NORMAL), random=stream(1, "test"))
    crowd = [requests.next(in_crowd=True) for _ in range(1000)]
    assert {request.action for request in crowd} == {Action.LOOK_UP}
    assert {request.route for request in crowd} == {Route.HELD}
    assert {request.hold for request in crowd} == {0.03}


def test_requests_that_wait_a_little_are_made_up_for() -> None:
    due = arrivals(NORMAL)
    late = due.next(now=MOST_LATE / 2)
    assert late.due < MOST_LATE / 2
    assert due.dropped == 0


def test_after_a_stall_what_is_too_late_is_dropped_and_counted() -> None:
    due = arrivals(NORMAL)
    first = due.next(now=60.0)
    assert 60.0 - MOST_LATE <= first.due < 60.0
    assert due.dropped == pytest.approx(59 * 100, rel=0.1)


def test_the_same_seed_gives_the_same_requests_and_another_seed_others() -> None:
    assert requests_of(BURST, 500, seed=7) == requests_of(BURST, 500, seed=7)
    assert requests_of(BURST, 500, seed=7) != requests_of(BURST, 500, seed=8)


def test_most_requests_are_lookups_and_all_actions_occur() -> None:
    actions = Counter(request.action for request in requests_of(NORMAL, 10_000))
    assert set(actions) == set(Action)
    assert actions[Action.LOOK_UP] > 9_000


def test_an_invalidation_is_of_one_group() -> None:
    keys = {request.key for request in requests_of(NORMAL, 10_000) if request.action is Action.LOOK_UP}
    prefixes = {request.key for request in requests_of(NORMAL, 50_000) if request.action is Action.INVALIDATE}
    for prefix in prefixes:
        assert any(key.startswith(prefix) for key in keys)


def test_normal_requests_all_take_the_right_way() -> None:
    assert share(requests_of(NORMAL, 1000), Route.DIRECT) == 1.0


@pytest.mark.parametrize(
    ("scenario", "route", "expected"),
    [
        (SLOW, Route.HELD, SLOW.held),
        (ERRORS, Route.REFUSED, ERRORS.refused),
        (ERRORS, Route.TIMED_OUT, ERRORS.timed_out),
    ],
)
def test_a_scenario_sends_its_share_of_the_requests_astray(scenario: Scenario, route: Route, expected: float) -> None:
    assert share(requests_of(scenario, 20_000), route) == pytest.approx(expected, rel=0.1)


def test_cold_begins_with_a_flush_and_goes_on_with_new_keys() -> None:
    first, *others = requests_of(COLD, 5_000)
    assert (first.action, first.key) == (Action.INVALIDATE, "")
    assert all(request.key for request in others)
    new = [request.key for request in others if request.key.startswith("new:")]
    assert len(new) == len(set(new)) == pytest.approx(5_000 * COLD.unseen, rel=0.05)


def test_switching_takes_effect_at_the_next_request_and_again_begins_anew() -> None:
    stage = Stage(NORMAL)
    requests = Requests(SESSIONS, stage=stage, random=stream(1, "test"))
    flush = Request(action=Action.INVALIDATE, key="")
    assert flush not in islice(iter(requests.next, None), 1000)
    for _ in range(2):
        stage.switch(COLD)
        assert requests.next() == flush
        assert flush not in islice(iter(requests.next, None), 1000)
    stage.switch(NORMAL)
    assert flush not in islice(iter(requests.next, None), 1000)
