"""The metrics under `metrics`: `path("", include("stackgen.instrument.django.urls"))`."""

from __future__ import annotations

from django.urls import path

from stackgen.instrument.django import views

urlpatterns = [path("metrics", views.metrics, name="stackgen-metrics")]
