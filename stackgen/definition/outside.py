"""Series that no exporter of a definition exposes and that are there all the same.

Prometheus makes some for each target, its client libraries some for each process, and the generated rules record the
rest. Raw PromQL names them as they are; they are narrowed to what the definition is about when they are rendered.
"""

from __future__ import annotations

import re
from enum import StrEnum

from stackgen.definition.model import TARGET_LABELS


class Origin(StrEnum):
    """Where series come from, which says what labels they have."""

    TARGET = "target"
    ALERTS = "alerts"
    OBJECTIVES = "objectives"


#: Of each target (Prometheus, "Automatically generated labels and time series").
_OF_TARGETS = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    #: These two want `--enable-feature=extra-scrape-metrics`.
    "scrape_timeout_seconds",
    "scrape_body_size_bytes",
)
#: Of each process (Prometheus, "Writing client libraries", "Process metrics").
_OF_PROCESSES = (
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_max_fds",
)
#: Of alerts while they are pending or fire (Prometheus, "Alerting rules").
_OF_ALERTS = ("ALERTS", "ALERTS_FOR_STATE")
#: Of objectives; their names are Sloth's.
_OF_OBJECTIVES = (
    "slo:objective:ratio",
    "slo:error_budget:ratio",
    "slo:time_period:days",
    "slo:current_burn_rate:ratio",
    "slo:period_burn_rate:ratio",
    "slo:period_error_budget_remaining:ratio",
    *(f"slo:sli_error:ratio_rate{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")),
    "sloth_slo_info",
)

_LABELS = {
    Origin.TARGET: TARGET_LABELS,
    Origin.ALERTS: ("alertname", "alertstate", "severity", "sloth_severity", "sloth_slo", *TARGET_LABELS),
    Origin.OBJECTIVES: ("sloth_id", "sloth_service", "sloth_slo", "sloth_window"),
}
_ORIGINS = {
    **dict.fromkeys((*_OF_TARGETS, *_OF_PROCESSES), Origin.TARGET),
    **dict.fromkeys(_OF_ALERTS, Origin.ALERTS),
    **dict.fromkeys(_OF_OBJECTIVES, Origin.OBJECTIVES),
}
#: The error ratio over an objective's own period, whatever that is.
_OVER_A_PERIOD = re.compile(r"slo:sli_error:ratio_rate[0-9]+[a-z0-9]*")


def origin_of(name: str) -> Origin | None:
    """Where the series of a name come from; None for a name that nobody but an exporter can have."""
    return _ORIGINS.get(name) or (Origin.OBJECTIVES if _OVER_A_PERIOD.fullmatch(name) else None)


def labels_of(origin: Origin) -> tuple[str, ...]:
    """The labels of series of an origin; those of alerts have the labels that each alert is split by, too."""
    return _LABELS[origin]


def names() -> tuple[str, ...]:
    """All names, for whoever misspelt one."""
    return tuple(_ORIGINS)
