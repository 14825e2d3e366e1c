"""The engine of one generated exporter: puts functions that record where the generated class has empty methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from os import PathLike
from types import FunctionType
from typing import Any, NoReturn, Self, TypeVar

from prometheus_client.registry import REGISTRY, CollectorRegistry

from stackgen.runtime import snapshot
from stackgen.runtime.bind import Functions
from stackgen.runtime.snapshot import Calculation
from stackgen.runtime.spec import Spec
from stackgen.runtime.store import Options, Store
from stackgen.runtime.stores import store_for
from stackgen.runtime.tally import Counts, Tally

T = TypeVar("T")


class Exporter:
    """One set of bound labels of a definition, in one registry."""

    def __init__(self, spec: Spec, store: Store | None, fixed: Mapping[str, str]) -> None:
        self._spec = spec
        self._store = store
        self._fixed = dict(fixed)
        self._children: dict[tuple[str, ...], Any] = {}

    @classmethod
    def build(
        cls,
        spec: Spec,
        bound: Mapping[str, str],
        *,
        registry: CollectorRegistry | None = REGISTRY,
        enabled: bool = True,
        sampling: float = 1.0,
        shared: str | PathLike[str] | None = None,
    ) -> Self:
        """The exporter for these bound labels; built twice, both record to the same series.

        Raises ValueError for a bound label outside its closed set, for a sampling that is not above 0 and at most 1,
        and where the registry cannot take the metrics; SharedDirectoryError (an OSError) where `shared` cannot be used.
        """
        if not enabled:
            return cls(spec, None, bound)
        if not 0 < sampling <= 1:
            message = f"sampling must be above 0 and at most 1, not {sampling!r}"
            raise ValueError(message)
        directory = os.path.abspath(shared) if shared is not None else None  # noqa: PTH100 - pathlib takes long to import
        store = store_for(spec, registry, Options(float(sampling), directory))
        return cls(spec, store, {name: store.resolve(name, value) for name, value in bound.items()})

    def attach(self, target: object) -> None:
        """Make the empty methods of `target` record: `record_...`, `time_...`, and those of the gauges.

        It becomes an instance of a subclass of its class that has them; methods of a class are what Python calls
        fastest. What a subclass of the application's overrides stays, and finds them with `super()`. A disabled
        exporter's methods stay empty.
        """
        if self._store is None:
            return
        cls = type(target)
        made = Functions(self._spec, self._store, self._fixed).all()
        # A module that an earlier stackgen has generated may not have them all.
        methods = {name: method for name, method in made.items() if hasattr(cls, name)}
        published = next((base for base in reversed(cls.__mro__) if methods.keys() <= vars(base).keys()), cls)
        for name, method in methods.items():
            _like(method, getattr(published, name, None))
        found = _subclass(published, (published,), {**methods, "__copy__": _itself, "__reduce__": _unpickled})
        target.__class__ = found if published is cls else _subclass(cls, (cls, found), {})

    @property
    def store(self) -> Store | None:
        """What it records to, together with all exporters of the definition in the registry; None if disabled."""
        return self._store

    def tally(self, counts: Counts) -> Tally | None:
        """Take over events that somebody else counts, until it is closed; None where nothing is recorded.

        Raises KeyError for an event that the definition has not, ValueError for one with arguments.
        """
        if self._store is None:
            return None
        return Tally(self._store, Functions(self._spec, self._store, self._fixed).cells_of, counts)

    def snapshot(self, window: str | None) -> list[Any]:
        """The seconds that it covers, then the value of every signal of the definition, in its order.

        Raises ValueError for a window that there is not.
        """
        return snapshot.signals(self._spec, self._store, self._fixed, window)

    @property
    def spec(self) -> Spec:
        """The definition, as the engine needs it."""
        return self._spec

    @property
    def fixed(self) -> Mapping[str, str]:
        """The values of the labels that are fixed for it."""
        return self._fixed

    def calculation(self, window: float) -> Calculation | None:
        """What signals are worked out from, over so many seconds, an hour at most; None if it is disabled."""
        return None if self._store is None else snapshot.calculate(self._store, self._fixed, window)

    def reset(self) -> None:
        """Set everything that this process recorded of the definition to nothing. For tests."""
        if self._store is not None:
            self._store.reset()

    def child(self, kind: Callable[[Exporter], T], labels: Mapping[str, str]) -> T:
        """What `kind` makes of this exporter with these open labels fixed; made once for the same values."""
        store = self._store
        resolved = {name: store.resolve(name, value) if store else value for name, value in labels.items()}
        key = tuple(resolved.values())
        found: T | None = self._children.get(key)
        if found is None:
            found = kind(Exporter(self._spec, store, {**self._fixed, **resolved}))
            if store is not None:
                found = self._children.setdefault(key, found)
        return found


def _subclass(cls: type, bases: tuple[type, ...], methods: dict[str, Any]) -> type:
    """A class that is called like this one."""
    about = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    return type(cls.__name__, bases, {**about, **methods})


def _like(method: Any, published: Any) -> None:
    """Give a method the name and the text of the one whose place it takes; a gauge's own method keeps its own."""
    if isinstance(published, FunctionType) and not isinstance(method, staticmethod):
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(method, name, getattr(published, name))


def _itself(target: T) -> T:
    return target


def _unpickled(target: object) -> NoReturn:
    name = type(target).__name__
    message = (
        f"{name} cannot be pickled, its numbers are this process's; build {name} again with the same labels where it "
        f"is needed (with `shared=` the processes add up), or leave it out in `__getstate__` of what holds it"
    )
    raise TypeError(message)
