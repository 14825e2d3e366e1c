"""Where the numbers go besides /metrics: sinks, fed on an interval with what has changed.

    from stackgen.runtime.sinks import DogStatsD, Feed

    Feed(metrics, DogStatsD(prefix="shop", tags={"env": "prod"})).start()

A feed reads the recorder's cells; recording does not know of it and costs what it costs without.
"""

from stackgen.runtime.sinks.changes import Changes, Counted, Held, Observed
from stackgen.runtime.sinks.feed import Feed, Losses, Sink
from stackgen.runtime.sinks.plain import Callback, Null
from stackgen.runtime.sinks.statsd import DogStatsD, StatsD

__all__ = [
    "Callback",
    "Changes",
    "Counted",
    "DogStatsD",
    "Feed",
    "Held",
    "Losses",
    "Null",
    "Observed",
    "Sink",
    "StatsD",
]
