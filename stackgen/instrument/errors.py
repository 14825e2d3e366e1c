"""What kind of error an exception of a cache is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

from stackgen.exporters import cache
from stackgen.exporters.cache import Kind
from stackgen.runtime import Exporter
from stackgen.runtime.timers import classify

#: Thrown into whatever runs at the moment, from outside: the end of the process, or of a coroutine nobody waits for.
THROWN_IN: Final = (GeneratorExit, KeyboardInterrupt, SystemExit)

#: Says of which kind an exception is.
Kinds = Callable[[BaseException], Kind]


def kinds_of(metrics: object) -> Kinds:
    """What says the kind of an exception as the definition of these metrics does, which may extend the cache's.

    The exporter's timers go by the same table, so that a wrapper and a timer never differ. Metrics that no definition
    made have the cache's own kinds.
    """
    exporter = getattr(metrics, "_exporter", None)
    spec = exporter.spec if isinstance(exporter, Exporter) else cache._SPEC  # noqa: SLF001
    return partial(_kind, next((label.exceptions for label in spec.labels if label.name == "kind"), {}))


def _kind(exceptions: Mapping[str, tuple[str, ...]], error: BaseException) -> Kind:
    return cast("Kind", classify(error, exceptions))


_OF_THE_CACHE: Final = kinds_of(None)


def kind_of(error: BaseException) -> Kind:
    """The `kind` of an exception: by the nearest class of its own that the cache's definition names, else its cause's.

    Where the metrics are at hand, `kinds_of` says it by their own definition.
    """
    return _OF_THE_CACHE(error)
