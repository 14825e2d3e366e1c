"""How every dashboard looks: colours, sizes of lines and fills, legends, tooltips, times. Change it here, once.

The colours of meaning (good, warning, critical) stay apart for people with any form of colour blindness, and each
has a contrast of 3:1 or more on Grafana's dark and its light background. The colours of series are those of Okabe and
Ito ("Color universal design", 2008).
"""

from __future__ import annotations

from typing import Any

from stackgen.definition.model import Severity

GOOD = "#1A86C8"
#: Neither good nor bad: a quantity that no alert looks at.
NEUTRAL = "#1A86C8"
SEVERITIES = {Severity.CRITICAL: "#D0214F", Severity.WARNING: "#CC7A00", Severity.INFO: "#808080"}
#: Outcomes that read as failures in any domain; series of that name have the colour of what is critical.
FAILURES = frozenset({"error", "errors", "failed", "failure", "fatal", "rejected", "timeout"})
SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
#: Of a label with more values than this nobody knows the colours; Grafana picks them then.
COLOURED_VALUES = 12
#: The part of a threshold's scale that is not drawn.
INVISIBLE = "transparent"
RESTART = "#808080"
#: From few to many; made so that its order can be seen without colour (Nunez, Anderton, Renslow, 2018).
HEATMAP_SCHEME = "Cividis"
HEATMAP_COLOUR_STEPS = 64

LINE_WIDTH = 2
FILL_OPACITY = 10
POINT_SIZE = 5
STATE_FILL_OPACITY = 80
STATE_ROW_HEIGHT = 0.9
#: Thresholds are drawn across a graph as dashed lines.
THRESHOLD_STYLE = "dashed"
#: So is the line of a limit beside what it limits; by the names of settings in Grafana's overrides.
LIMIT_LINE: dict[str, Any] = {"custom.fillOpacity": 0, "custom.lineStyle": {"dash": [10, 10], "fill": "dash"}}

#: Points over time of a panel that reads the recorded buckets of a histogram: every three minutes in three hours.
POINTS_OF_DISTRIBUTIONS = 60
#: Steps that Grafana divides the shown time into to find the window of a number that is of now: as many as Prometheus
#: gives at most, so that the window does not grow with the shown time.
POINTS_OF_NOW = 11_000
#: And of the course behind a number.
POINTS_OF_SMALL_DISTRIBUTIONS = 36

LEGEND_CALCULATIONS = ("lastNotNull", "mean", "max")
#: Grafana's name of the column that `lastNotNull` makes, by which a legend's table is sorted.
LEGEND_SORTED_BY = "Last *"

#: Time that a dashboard shows when it is opened.
TIME_FROM, TIME_TO = "now-3h", "now"
#: Intervals that a dashboard may refresh itself at: (seconds, as Grafana writes it).
REFRESH_INTERVALS = (
    (10, "10s"),
    (30, "30s"),
    (60, "1m"),
    (300, "5m"),
    (900, "15m"),
    (1800, "30m"),
    (3600, "1h"),
    (7200, "2h"),
    (86400, "1d"),
)
#: Refreshing more often than this costs queries and shows nothing that one could act on.
REFRESH_AT_LEAST = 30


def series_colour(name: str, position: int) -> str:
    """The colour of the series of one label value or signal: by what it means, else by its place in the definition."""
    if name in FAILURES:
        return SEVERITIES[Severity.CRITICAL]
    if name in SEVERITIES:
        return SEVERITIES[Severity(name)]
    return SERIES[position % len(SERIES)]


def refresh_intervals(scrape_interval: float) -> list[str]:
    """The intervals worth refreshing at: none is shorter than `scrape_interval` seconds, and one at least is left."""
    kept = [text for seconds, text in REFRESH_INTERVALS if seconds >= scrape_interval]
    return kept or [REFRESH_INTERVALS[-1][1]]


def refresh(scrape_interval: float) -> str:
    """The interval at which a dashboard refreshes itself: at least 30 s and at least `scrape_interval` seconds."""
    return refresh_intervals(max(scrape_interval, REFRESH_AT_LEAST))[0]
