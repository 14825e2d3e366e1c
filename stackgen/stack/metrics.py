"""Reads what a service of the stack says of itself in Prometheus's text format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException

_SAMPLE = re.compile(r"^(\w+) ([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN|[-+]Inf)$", re.MULTILINE)


def own_metrics(port: int, seconds: float) -> Mapping[str, float]:
    """The values of the series without labels at `/metrics` on a port of 127.0.0.1; none if nothing answers."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=seconds)) as connection:
            connection.request("GET", "/metrics")
            page = connection.getresponse().read().decode(errors="replace")
    except (OSError, HTTPException):
        return {}
    return {name: float(value) for name, value in _SAMPLE.findall(page)}
