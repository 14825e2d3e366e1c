"""Whether Prometheus and Alertmanager have taken over a configuration that they were told to read again."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException

from stackgen.findings import StackgenError

#: Seconds that reading may take, and between two looks.
_LONGEST, _LOOK = 15.0, 0.2

#: Of both servers: how the last reading went, and when one went well (seconds since the epoch).
_SUCCESSFUL = re.compile(r"^\w+_config_last_reload_successful (\S+)$", re.MULTILINE)
_TIMESTAMP = re.compile(r"^\w+_config_last_reload_success_timestamp_seconds (\S+)$", re.MULTILINE)


def require_reread(service: str, port: int, since: float, said: Callable[[], Sequence[str]]) -> None:
    """Return once the service, asked on a port of 127.0.0.1, has read its configuration, at `since` or later.

    Raises StackgenError, with what it said last, if it refuses that; it goes on with what it had before.
    """
    refused = False
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        told = _metrics(port)
        at, successful = _TIMESTAMP.search(told), _SUCCESSFUL.search(told)
        if at is not None and float(at[1]) >= since:
            return
        refused = successful is not None and float(successful[1]) == 0
        time.sleep(_LOOK)  # between two looks
    lines = "".join(f"\n  {line}" for line in said())
    problem = "refuses its new configuration" if refused else f"has not read its configuration within {_LONGEST:.0f} s"
    raise StackgenError(f"{service} {problem} and goes on with the one before; `stackgen check` looks it over:{lines}")


def _metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except (OSError, HTTPException):
        return ""  # it is asked again
