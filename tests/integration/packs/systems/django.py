"""A Django site with django-prometheus: every kind of cache that can be had here, SQLite, a model, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Application, Fault, Finder, System, application, nothing
from tests.integration.workload_process import RedisServer

#: Requests in one round of use, and users who wait for a slow view at once.
_REQUESTS, _USERS = 10, 24


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """The site and the Redis of two of its caches; views of the site make the faults."""
    redis = RedisServer(binary("redis-server"), folder)
    site = application("tests.integration.packs.applications.django_site", folder, str(folder), str(redis.port))
    with ExitStack() as stack:
        stack.callback(redis.stop)
        running = stack.enter_context(site)
        users = stack.enter_context(ThreadPoolExecutor(_USERS))
        # Counters of what goes wrong are there from the first time on.
        for view in ("page", "fragile/broken", "bad_query", "unreachable", "absent"):
            running.do(view)
        redis.start()
        yield System(
            address=running.address,
            use=partial(_visit, running),
            faults=_faults(running, redis, users),
            # On a busy machine some ordinary requests take a second; the slow ones take three.
            overrides={"slos": {"fast": {"latency": {"within": 2.5}}}},
        )


def _faults(site: Application, redis: RedisServer, users: ThreadPoolExecutor) -> tuple[Fault, ...]:
    waiting: set[Future[None]] = set()

    def wait_for_slow_views() -> None:
        waiting.difference_update([each for each in waiting if each.done()])
        waiting.update(users.submit(site.do, "slow") for _ in range(_USERS - len(waiting)))

    def until_they_are_served() -> None:
        for each in waiting:
            each.result()

    return (
        site.fault("cold", "DjangoCacheHitRatioLow"),
        Fault(
            name="Redis is down",
            alerts=("DjangoCacheFailing",),
            begin=redis.stop,
            use=partial(site.do, "page"),
            end=redis.start,
        ),
        site.fault("bad_query", "DjangoDatabaseErrors"),
        site.fault("unreachable", "DjangoDatabaseConnectionsFailing"),
        site.fault("migrate_back", "DjangoMigrationsUnapplied"),
        Fault(
            name="slow",
            alerts=(
                "DjangoLatencyHigh", "DjangoViewSlow", "DjangoDatabaseSlow", "DjangoRequestsUnanswered",
                "DjangoFastBudgetBurn",
            ),
            use=wait_for_slow_views,
            end=until_they_are_served,
        ),
        site.fault("fragile/broken", "DjangoServerErrors", "DjangoViewFailing", "DjangoAvailableBudgetBurn"),
        Fault(name="nobody comes", alerts=("DjangoTrafficDropped",), use=nothing),
        site.killed("DjangoTargetDown", "DjangoMetricsMissing"),
    )  # fmt: skip


def _visit(site: Application) -> None:
    site.do("fragile")
    for _ in range(_REQUESTS):
        site.do("page")
