"""Definitions for the tests of the stack, as small as they can be."""

from __future__ import annotations

from typing import Any

from stackgen.definition.model import (
    UP,
    Alert,
    Below,
    Dashboard,
    Definition,
    Label,
    Level,
    Selector,
    Service,
    Severity,
    Signal,
    Stack,
)


def known(*names: str) -> dict[str, Service]:
    return {name: Service(name=name) for name in names}


def definition(*, stack: dict[str, Any] | None = None, **changes: Any) -> Definition:
    """A cache with one alert on its target and the demonstration services."""
    up = Signal(key="targets_up", title="Targets up", expression=Level((Selector(of=UP),), "min"), unit="count")
    down = Alert(
        name="CacheTargetDown", signal="targets_up", condition=Below(1), summary="down", severity=Severity.CRITICAL
    )
    defaults: dict[str, Any] = {
        "name": "cache",
        "title": "Cache",
        "source": "cache",
        "labels": {"cache": Label(name="cache", bind=True, max_values=5)},
        "signals": {"targets_up": up},
        "alerts": {"CacheTargetDown": down},
        "dashboards": {"overview": Dashboard(key="overview", title="Cache / Overview", rows=())},
    }
    settings: dict[str, Any] = {
        "jobs": ("cache",),
        "runbooks": "http://127.0.0.1:9095/runbooks",
        "grafana": "http://127.0.0.1:3000",
        "services": known("redis", "redis-exporter", "workload"),
    }
    return Definition(**(defaults | changes), stack=Stack(**(settings | (stack or {}))))
