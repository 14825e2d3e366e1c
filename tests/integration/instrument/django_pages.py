"""Pages that use caches in every way that Django has for it; the module is a URL configuration."""

from __future__ import annotations

import itertools

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path
from django.views.decorators.cache import cache_page

_rendered = itertools.count()


def cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"rendered {next(_rendered)}")


def visits(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]), headers={"Cache-Control": "private"})


def fragment(request: HttpRequest) -> HttpResponse:
    template = Template("{% load cache %}{% cache 60 'sidebar' using='fragments' %}{{ rendered }}{% endcache %}")
    return HttpResponse(template.render(Context({"rendered": next(_rendered)})), headers={"Cache-Control": "private"})


urlpatterns = [
    path("cached", cache_page(60, cache="pages")(cached)),
    path("visits", visits),
    path("fragment", fragment),
    path("", include("stackgen.instrument.django.urls")),
]
