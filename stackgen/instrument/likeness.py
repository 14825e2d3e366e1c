"""Observed methods look like the plain ones: to `help`, to `inspect`, and in the messages of Python's own errors."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any


def like(method: Any, observed: Any) -> Any:
    """The observed method, under the plain one's name."""
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        setattr(observed, name, getattr(method, name))
    observed.__signature__ = inspect.signature(method)
    return observed


def alike(plain: Any, methods: Mapping[str, Any]) -> Mapping[str, Any]:
    """The observed methods of a class, under the names of its own."""
    return {name: like(getattr(plain, name), method) for name, method in methods.items()}
