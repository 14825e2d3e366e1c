"""The recorder under generated exporters; it needs prometheus_client and the standard library alone."""

from prometheus_client.registry import REGISTRY, CollectorRegistry

from stackgen.runtime.exporter import Exporter
from stackgen.runtime.exposition import generate_latest, generate_openmetrics
from stackgen.runtime.spec import Alert, Condition, Event, Label, Metric, Selector, Signal, Spec, Timer
from stackgen.runtime.stores import after_fork
from stackgen.runtime.timers import OFF
from stackgen.runtime.web import make_asgi_app, make_wsgi_app

__all__ = [
    "OFF",
    "REGISTRY",
    "Alert",
    "CollectorRegistry",
    "Condition",
    "Event",
    "Exporter",
    "Label",
    "Metric",
    "Selector",
    "Signal",
    "Spec",
    "Timer",
    "after_fork",
    "generate_latest",
    "generate_openmetrics",
    "make_asgi_app",
    "make_wsgi_app",
]
