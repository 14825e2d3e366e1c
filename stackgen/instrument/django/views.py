"""A view that serves the metrics of a registry."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from prometheus_client.registry import REGISTRY, CollectorRegistry

from stackgen.runtime.web import response

__all__ = ["metrics", "metrics_view"]


def metrics_view(registry: CollectorRegistry = REGISTRY) -> Callable[[HttpRequest], HttpResponse]:
    """A view that serves the metrics of this registry, in the format that the scraper prefers."""

    def metrics(request: HttpRequest) -> HttpResponse:
        status, headers, body = response(
            registry,
            request.method or "",
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Encoding", ""),
            request.META.get("QUERY_STRING", ""),
        )
        answer = HttpResponse(body, status=status, headers=dict(headers))
        # A site that caches all its pages must not cache this one.
        add_never_cache_headers(answer)
        return answer

    return metrics


#: Serves what is in `prometheus_client.REGISTRY`.
metrics = metrics_view()
