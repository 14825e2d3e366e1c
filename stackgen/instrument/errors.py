"""What kind of error an exception of a cache is."""

from __future__ import annotations

from typing import Final, cast

from stackgen.exporters import cache
from stackgen.exporters.cache import Kind
from stackgen.runtime.timers import classify

#: Thrown into whatever runs at the moment, from outside: the end of the process, or of a coroutine nobody waits for.
THROWN_IN: Final = (GeneratorExit, KeyboardInterrupt, SystemExit)

# The definition says which exceptions are of which kind. The exporter's timers go by the same table, so that a wrapper
# and a timer never differ.
_EXCEPTIONS: Final = cache._SPEC.label("kind").exceptions  # noqa: SLF001


def kind_of(error: BaseException) -> Kind:
    """The `kind` of an exception: by the nearest class of its own that the definition names, else by its cause's."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kind = classify(cause, _EXCEPTIONS)
        if kind != "other":
            return cast("Kind", kind)
        cause = cause.__cause__
    return "other"
