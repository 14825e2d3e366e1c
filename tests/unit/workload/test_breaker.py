"""The breaker opens when Redis is gone, not when some operations fail, and finds out on its own when Redis is back."""

from __future__ import annotations

import pytest

from stackgen.workload.breaker import CircuitBreaker, CircuitOpenError, CircuitState


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures=3, successes=2, retry_after=1.0, clock=clock)


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.admit()
        breaker.failed()


def succeed(breaker: CircuitBreaker) -> None:
    breaker.admit()
    breaker.succeeded()


def test_it_is_closed_while_operations_succeed(breaker: CircuitBreaker) -> None:
    succeed(breaker)
    assert breaker.state is CircuitState.CLOSED


def test_it_opens_after_failures_in_a_row_and_refuses(breaker: CircuitBreaker) -> None:
    fail(breaker, 3)
    assert breaker.state is CircuitState.OPEN
    with pytest.raises(CircuitOpenError, match="the circuit breaker is open"):
        breaker.admit()


def test_failures_between_successes_do_not_open_it(breaker: CircuitBreaker) -> None:
    for _ in range(10):
        fail(breaker, 2)
        succeed(breaker)
    assert breaker.state is CircuitState.CLOSED


def test_open_it_lets_one_operation_through_at_a_time_and_stays_open_when_that_fails(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 3)
    for _ in range(5):
        clock.now += 1.0
        breaker.admit()
        assert breaker.state is CircuitState.OPEN
        with pytest.raises(CircuitOpenError):
            breaker.admit()
        breaker.failed()
        with pytest.raises(CircuitOpenError):
            breaker.admit()
    assert breaker.state is CircuitState.OPEN


def test_it_is_half_open_after_one_success_and_closed_after_enough(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 1.0
    states = []
    for _ in range(2):
        succeed(breaker)
        states.append(breaker.state)
    assert states == [CircuitState.HALF_OPEN, CircuitState.CLOSED]
    fail(breaker, 2)
    assert breaker.state is CircuitState.CLOSED


def test_half_open_one_failure_opens_it_again(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 1.0
    succeed(breaker)
    fail(breaker)
    assert breaker.state is CircuitState.OPEN
    with pytest.raises(CircuitOpenError):
        breaker.admit()


def test_an_operation_that_never_tells_how_it_ended_does_not_keep_it_open(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 3)
    clock.now += 1.0
    breaker.admit()
    clock.now += 1.0
    succeed(breaker)
    assert breaker.state is CircuitState.HALF_OPEN


def test_operations_begun_before_it_opened_may_fail_late_without_harm(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    breaker.failed()
    with pytest.raises(CircuitOpenError):
        breaker.admit()
    clock.now += 1.0
    succeed(breaker)
    assert breaker.state is CircuitState.HALF_OPEN


def test_states_are_the_values_that_the_definition_gives_them() -> None:
    assert {state.name.lower().replace("_", " "): int(state) for state in CircuitState} == {
        "closed": 0,
        "half open": 1,
        "open": 2,
    }
