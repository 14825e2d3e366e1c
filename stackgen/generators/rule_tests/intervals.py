"""How often rules are evaluated in tests: seldom enough that a test takes a moment, and often enough to see it all."""

from __future__ import annotations

import math

from stackgen.definition.model import Alert, Drop, Growth

#: How often an objective's rules are evaluated in tests, in seconds. Its alerts wait for nothing, so they need to be
#: evaluated only when somebody looks; more would only take time.
SLO_INTERVAL = 1800.0

#: How far apart evaluations may be, in seconds: as a rule, and in tests that last for hours.
_USUAL, _SELDOM = 60.0, 240.0

#: How often an alert's tests have the rules evaluated, in words: more often than the others for what is told at once,
#: and less often for what takes hours. Each evaluation is of all of a file's rules, so one alert that is told at once
#: would make the tests of all others take twice as long.
PACES = ("", "fast", "slow")


def evaluation_interval(alert: Alert) -> float:
    """How often rules are evaluated in an alert's tests (seconds), so that no part of its spans is missed.

    A minute at most, but four for what lasts for hours. Samples are as far apart, and Prometheus looks back no further
    than five.
    """
    # A change is watched for as long as it takes to be told; it need not be seen going through the window.
    window = 0.0 if alert.for_ and isinstance(alert.condition, Drop | Growth) else alert.window
    finest = min(span for span in (window / 4, alert.for_ / 2, alert.keep_firing_for / 4) if span)
    return _SELDOM if finest >= _SELDOM else max(1.0, math.floor(min(_USUAL, finest)))


def pace_of(alert: Alert) -> str:
    """Which of `PACES` an alert's tests go at."""
    every = evaluation_interval(alert)
    return "fast" if every < _USUAL else "slow" if every > _USUAL else ""
