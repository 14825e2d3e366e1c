"""What stands in an instance in front of its class's methods: a wrapper that somebody else put there, for tracing say.

A wrapper of ours that is put in later calls it, as it would call the class's method, and has it stand there again when
it comes off. It is found by its name alone, as to ask an instance for its `__dict__` takes the fast way away from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from inspect import getattr_static
from typing import Any, Final

#: Nothing stands there: the name is the class's, or nobody's.
NOTHING: Final = object()


def standing_in(target: Any, name: str) -> Any:
    """What the instance itself has by that name; NOTHING if it has what its class has."""
    found = getattr(target, name, NOTHING)
    of_class = getattr_static(type(target), name, NOTHING)
    if found is NOTHING or of_class is NOTHING:
        return found
    bind = getattr(type(of_class), "__get__", None)
    bound = of_class if bind is None else bind(of_class, target, type(target))
    # By the real type: a proxy, as wrapt's are, says that it is of the type of what it wraps, and equal to it.
    return NOTHING if found is bound or (type(found) is type(bound) and found == bound) else found


class ClassAsSeen:
    """A class as one of its instances has it: with what stands in that instance in place of its methods."""

    def __init__(self, plain: Any, standing: Mapping[str, Any]) -> None:
        self._plain = plain
        # What every object has is never asked of `__getattr__`.
        always = {"__reduce_ex__": plain.__reduce_ex__}
        vars(self).update(always | {name: _calling(method) for name, method in standing.items()})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def _calling(standing: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a class that calls what stands in the instance, which is bound already."""

    def method(_self: Any, *args: Any, **options: Any) -> Any:
        return standing(*args, **options)

    update_wrapper(method, standing)
    # Its signature is not that of what it wraps, which is bound.
    del method.__wrapped__  # type: ignore[attr-defined]
    return method
