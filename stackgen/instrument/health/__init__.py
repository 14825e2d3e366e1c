"""How a cache is: healthy, degraded or unhealthy; asked once, on an interval, or over HTTP.

from stackgen.instrument.health import Health, Monitor, make_wsgi_app

health = Health(metrics, client)
health()                                     # Report(status='healthy', connected=True, seconds=0.0002, ...)
health(detailed=True)                        # with pool, circuit breaker and every signal
Monitor(health, every=15).start()            # feeds the health metrics
app = make_wsgi_app(health)                  # 200 or 503, JSON
"""

from stackgen.instrument.health.checking import AsyncHealth, Health, HealthMetrics
from stackgen.instrument.health.monitor import AsyncMonitor, Monitor
from stackgen.instrument.health.report import Limits, Pool, Report, Status
from stackgen.instrument.health.web import make_asgi_app, make_wsgi_app

__all__ = [
    "AsyncHealth",
    "AsyncMonitor",
    "Health",
    "HealthMetrics",
    "Limits",
    "Monitor",
    "Pool",
    "Report",
    "Status",
    "make_asgi_app",
    "make_wsgi_app",
]
