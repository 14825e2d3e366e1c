"""A Django site that django-prometheus watches: caches, a database, a model and migrations, served by WSGI.

`python -m tests.integration.packs.applications.django_site PORT FOLDER REDIS_PORT`.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.apps import AppConfig
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import include, path
from django_redis.exceptions import ConnectionInterrupted
from redis import RedisError

#: The application of the site's model, as Django knows it.
LABEL = "shop"


class Shop(AppConfig):  # type: ignore[misc]  # Django has no types
    """The application that the model belongs to; it has no migrations of its own, those of `auth` are looked at."""

    name = "tests.integration.packs.applications"
    label = LABEL


def configure(folder: Path, redis_port: int) -> None:
    """Set the site up as django-prometheus documents it, and bring its database up to date."""
    backends = "django_prometheus.cache.backends"
    redis = f"redis://127.0.0.1:{redis_port}/0"
    database = {"ENGINE": "django_prometheus.db.backends.sqlite3", "NAME": str(folder / "site.sqlite3")}
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        CACHES={
            "default": {"BACKEND": f"{backends}.locmem.LocMemCache"},
            "file": {"BACKEND": f"{backends}.filebased.FileBasedCache", "LOCATION": str(folder / "cache")},
            "redis": {"BACKEND": f"{backends}.redis.RedisCache", "LOCATION": redis},
            "native": {"BACKEND": f"{backends}.redis.NativeRedisCache", "LOCATION": redis},
        },
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django_prometheus",
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "tests.integration.packs.applications.django_site.Shop",
        ],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "django_prometheus.middleware.PrometheusBeforeMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django_prometheus.middleware.PrometheusAfterMiddleware",
        ],
        PROMETHEUS_EXPORT_MIGRATIONS=True,
        ROOT_URLCONF=__name__,
        SECRET_KEY="of a test",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"page.html": "a page"})]},
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection
    from django_prometheus.migrations import ExportMigrations

    with connection.schema_editor() as editor:
        editor.create_model(order())
    # Counted when the process starts; here that was before the first migration.
    ExportMigrations()


_models: dict[str, type] = {}


def order() -> type:
    """The site's model, which can be made only once Django is set up."""
    if "order" not in _models:
        from django.db import models
        from django_prometheus.models import ExportModelOperationsMixin

        class Order(ExportModelOperationsMixin("order"), models.Model):  # type: ignore[misc]
            """Something that was bought."""

            title = models.CharField(max_length=100)

            class Meta:
                """Where it belongs."""

                app_label = LABEL

        _models["order"] = Order
    return _models["order"]


# -- views ------------------------------------------------------------------------------------------------------------


def page(request: HttpRequest) -> HttpResponse:
    """Ordinary use: nine lookups of ten find something in every cache, and a row comes and goes."""
    look_up(found=9, missed=1)
    model: type = order()
    row = model.objects.create(title="tea")  # type: ignore[attr-defined]
    row.title = "coffee"
    row.save()
    row.delete()
    return TemplateResponse(request, "page.html")


def look_up(found: int, missed: int) -> None:
    """Lookups in every cache; those that fail are counted, and no more is made of them."""
    from django.core.cache import caches

    for alias in settings.CACHES:
        cache = caches[alias]
        if found:
            tried(partial(cache.set, "known", "value"))
        for key in ("known",) * found + ("unknown",) * missed:
            tried(partial(cache.get, key))


def tried(operation: Callable[[], object]) -> None:
    """Do something with a cache that may be down, which is then what the test is about."""
    with suppress(ConnectionInterrupted, RedisError):
        operation()


def cold(_request: HttpRequest) -> HttpResponse:
    """A cache that nothing is found in."""
    look_up(found=0, missed=50)
    return HttpResponse("nothing was found")


def fragile(request: HttpRequest) -> HttpResponse:
    """A view that raises where its address says so."""
    if request.path.endswith("broken"):
        raise ValueError("made by the test")
    return HttpResponse("not broken")


def slow(_request: HttpRequest) -> HttpResponse:
    """A view, and a statement, that take longer than anybody waits."""
    from django.db import connection

    connection.ensure_connection()
    connection.connection.create_function("nap", 0, lambda: time.sleep(3.0))  # the fault itself, not a wait
    with connection.cursor() as cursor:
        cursor.execute("SELECT nap()")
    return HttpResponse("at last")


def bad_query(_request: HttpRequest) -> HttpResponse:
    """A statement that the database refuses."""
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")
    except DatabaseError:
        return HttpResponse("refused")
    raise AssertionError("there is no such table")


def unreachable(_request: HttpRequest) -> HttpResponse:
    """A database that cannot be connected to."""
    from django.db import DatabaseError, connection

    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "/nowhere/at/all.sqlite3"
    try:
        connection.ensure_connection()
    except DatabaseError:
        return HttpResponse("out of reach")
    finally:
        connection.settings_dict["NAME"] = name
    raise AssertionError("there is no such folder")


def migrate_back(_request: HttpRequest) -> HttpResponse:
    """Take a migration back, as when code is newer than its database, and count as the next process would."""
    from django_prometheus.migrations import ExportMigrations

    call_command("migrate", "auth", "0011", verbosity=0)
    ExportMigrations()
    return HttpResponse("one migration is not applied")


_views: tuple[Callable[[HttpRequest], HttpResponse], ...] = (
    page, cold, fragile, slow, bad_query, unreachable, migrate_back,
)  # fmt: skip
urlpatterns = [
    path("", include("django_prometheus.urls")),
    *(path(view.__name__, view, name=view.__name__) for view in _views),
    path("fragile/broken", fragile, name="fragile"),
]


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, so that a slow view does not keep the others waiting."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing of what is asked."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the process is ended."""
    port, folder, redis_port = sys.argv[1:]
    configure(Path(folder), int(redis_port))
    with make_server(
        "127.0.0.1", int(port), get_wsgi_application(), server_class=Server, handler_class=Quiet
    ) as server:
        server.serve_forever()


if __name__ == "__main__":
    # Under its own name, so that Django does not import it a second time.
    importlib.import_module("tests.integration.packs.applications.django_site").main()
