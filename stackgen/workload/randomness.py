"""Chance that can be repeated: one stream per purpose, each given by the seed alone."""

from __future__ import annotations

from random import Random


def stream(seed: int, *purpose: str) -> Random:
    """The stream of random numbers for one purpose; drawing from one does not shift another."""
    return Random("/".join((str(seed), *purpose)))  # noqa: S311 - traffic, not secrets
