"""Whether Prometheus and Alertmanager have taken over a configuration that they were told to read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from stackgen.findings import StackgenError
from stackgen.stack.metrics import own_metrics

#: Services that read their configuration again on SIGHUP.
REREAD = ("prometheus", "alertmanager")

#: Seconds that reading may take, and between two looks.
_LONGEST, _LOOK = 15.0, 0.2


#: What `stackgen status` says of a service of which `runs_older` is true.
RUNS_OLDER = "runs with an older configuration, as it has refused the last one"


def runs_older(service: str, port: int) -> bool:
    """Whether a service, on a port of 127.0.0.1, has refused the configuration that it was told to read last."""
    return service in REREAD and own_metrics(port, 2.0).get(f"{service}_config_last_reload_successful") == 0


def have_reread(service: str, port: int, ask: Callable[[], object], said: Callable[[], Sequence[str]]) -> None:
    """`ask` for it, and return once `prometheus` or `alertmanager`, on a port of 127.0.0.1, has read its configuration.

    Raises StackgenError, with what it said last, if it refuses that; it goes on with what it had before. One that had
    refused the configuration before too does not tell the two apart, and has all the time that reading may take.
    """
    refused_before = runs_older(service, port)
    refused = False
    since = time.time()
    ask()
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        told = own_metrics(port, 5.0)
        if told.get(f"{service}_config_last_reload_success_timestamp_seconds", 0.0) >= since:
            return
        refused = told.get(f"{service}_config_last_reload_successful") == 0
        if refused and not refused_before:
            break
        time.sleep(_LOOK)  # between two looks
    lines = "".join(f"\n  {line}" for line in said())
    problem = "refuses its new configuration" if refused else f"has not read its configuration within {_LONGEST:.0f} s"
    raise StackgenError(f"{service} {problem} and goes on with the one before; `stackgen check` looks it over:{lines}")
