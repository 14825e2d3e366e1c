"""Caches whose operations need no other object to do their work: those inside the process, where a lookup is cheapest.

Sharing its attributes with another object takes the fast way to them away from an object. Django's own local cache is
spared that: its methods do not call one another, so they work on the observed object itself; those that `BaseCache`
puts together from them run on a stand-in that has the plain methods and no attributes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from stackgen.instrument.django.recording import CacheRecording
from stackgen.instrument.observed import plain_class

#: Modules of Django with classes of caches whose methods call none of their operations.
_MODULES: Final = frozenset({"django.core.cache.backends.locmem", "django.core.cache.backends.dummy"})

#: Where the operations are that call others.
_BASE: Final = "django.core.cache.backends.base"


def is_independent(method: Any) -> bool:
    """Whether a method of a class of caches calls none of its operations."""
    return method.__module__ in _MODULES


def has_stand_in(cls: type) -> bool:
    """Whether a class is one of Django's local caches, and nobody's subclass of it."""
    return all(base.__module__ in _MODULES | {_BASE} for base in cls.__mro__ if base is not object)


class StandInRecording(CacheRecording):
    """Records what a local cache does; a stand-in is made for each operation that needs one."""

    __slots__ = ()

    def inner(self, observed: Any) -> Any:
        """A stand-in for the plain object."""
        return _stand_in(plain_class(observed))(observed)


@cache
def _stand_in(plain: Any) -> Any:
    """A class of caches that has the plain one's methods work on the object that it is given."""

    def __init__(self: Any, observed: Any) -> None:  # noqa: N807  -- is what it will be
        object.__setattr__(self, "_observed", observed)

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        return getattr(object.__getattribute__(self, "_observed"), name)

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        setattr(object.__getattribute__(self, "_observed"), name, value)

    def on_observed(method: Any) -> Any:
        return lambda self, *args, **options: method(object.__getattribute__(self, "_observed"), *args, **options)

    names = {name for base in plain.__mro__ if base.__module__ in _MODULES for name in vars(base)}
    methods = {name: on_observed(getattr(plain, name)) for name in names if not name.startswith("_")}
    methods = {name: method for name, method in methods.items() if callable(getattr(plain, name))}
    special = {"__init__": __init__, "__getattr__": __getattr__, "__setattr__": __setattr__}
    return type(plain.__name__, (plain,), {**methods, **special, "__new__": lambda cls, _: object.__new__(cls)})
