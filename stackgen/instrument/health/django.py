"""`/health` as a view of Django's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from stackgen.instrument.health.web import AnyHealths, Healths, Response, answer, answer_async, plain, some

View = Callable[[HttpRequest], HttpResponse]
AsyncView = Callable[[HttpRequest], Awaitable[HttpResponse]]


def health_view(healths: Healths, *, detailed: bool = False) -> View:
    """A view that answers for one cache, or several by name.

    Raises TypeError for caches that have to be awaited, ValueError where there is none.
    """
    plain(healths)

    def health(request: HttpRequest) -> HttpResponse:
        return _response(answer(request.method or "", healths, detailed=detailed))

    return health


def async_health_view(healths: AnyHealths, *, detailed: bool = False) -> AsyncView:
    """The same for a site that is served over ASGI; it takes caches of both kinds."""
    some(healths)

    async def health(request: HttpRequest) -> HttpResponse:
        return _response(await answer_async(request.method or "", healths, detailed=detailed))

    return health


def _response(response: Response) -> HttpResponse:
    status, headers, body = response
    return HttpResponse(body, status=status, headers=cast("dict[str, str]", dict(headers)))
