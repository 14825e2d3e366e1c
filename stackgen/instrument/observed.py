"""How a wrapper gets onto an object and off again, in two ways.

**`put_in`: methods in the instance**, in front of its class's, for clients that live as long as the application. The
client's class stays as it is, and CPython goes on to treat it as an instance like any other: before 3.13 one whose
class was exchanged loses the fast way to its attributes, which costs as much as the recording does. The methods hold
the client that they are in, so one that is let go of without `uninstrument` is freed by the garbage collector. A copy,
pickled or not, is a plain one: methods that it took along would work on the original.

**`put_on`: the class exchanged for a subclass**, for what is made and let go of all the time, pipelines above all: it
is freed at once as it always was. The subclass has its parent's name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MethodType
from typing import Any

#: The attribute, of an instance, that holds what its wrapper records to.
STATE = "_stackgen"

#: Makes the methods of a wrapper for a plain class. A method calls that class's by name, not by `super()`: one that is
#: under way when the wrapper is taken off, or that somebody has kept, goes on to work.
Methods = Callable[[type], Mapping[str, Any]]

# Attributes are set and deleted by their names: to ask for `__dict__` would take the fast way away from the instance.


def put_in(target: Any, methods: Methods, state: object) -> None:
    """Put methods into the instance, which find `state` by `state_of`."""
    setattr(target, STATE, state)
    for name, function in _put_in(type(target), methods).items():
        setattr(target, name, MethodType(function, target))


def take_out(target: Any, methods: Methods) -> None:
    """Have an instance be what it was before `put_in` with these methods."""
    delattr(target, STATE)
    for name in _put_in(type(target), methods):
        delattr(target, name)


def _put_in(plain: Any, methods: Methods) -> Mapping[str, Any]:
    """All that is put into an instance beside what its methods record to."""
    made = _made(plain, methods)

    def __reduce_ex__(self: Any, protocol: Any) -> Any:  # noqa: N807  -- is what it will be
        reduced = plain.__reduce_ex__(self, protocol)
        if isinstance(reduced, str) or len(reduced) < 3:
            return reduced
        left_out = {STATE, "__reduce_ex__", *made}
        return (*reduced[:2], _without(reduced[2], left_out), *reduced[3:])

    return {**made, "__reduce_ex__": __reduce_ex__}


def _without(state: Any, names: Collection[str]) -> Any:
    """An object's state without these attributes; those that are in slots come second in a pair."""
    if isinstance(state, dict):
        return {name: value for name, value in state.items() if name not in names}
    if isinstance(state, tuple) and len(state) == 2:
        return _without(state[0], names), state[1]
    return state


def put_on(target: Any, methods: Methods, state: object) -> None:
    """Exchange the class of `target`; its methods find `state` by `state_of`. What it wore before comes off."""
    take_off(target)
    setattr(target, STATE, state)
    target.__class__ = observed_class(type(target), methods)


def take_off(target: Any) -> None:
    """Have `target` be what it was before `put_on`; nothing happens to one that wears no wrapper."""
    plain = plain_class(target)
    if plain is not type(target):
        target.__class__ = plain
        # One that was made by its class alone, a copy for example, has none.
        if state_of(target) is not None:
            delattr(target, STATE)


def plain_class(target: object) -> Any:
    """The class of `target` without its wrapper."""
    return vars(type(target)).get("__stackgen_plain__", type(target))


def state_of(target: Any) -> Any:
    """What the wrapper of `target` records to; None if it wears none, or no more."""
    return getattr(target, STATE, None)


#: Made once for each pair: two objects of one class have the same methods, and one class still.
_methods: dict[tuple[type, Methods], Mapping[str, Any]] = {}
_classes: dict[tuple[type, Methods], type] = {}


def _made(plain: type, methods: Methods) -> Mapping[str, Any]:
    found = _methods.get((plain, methods))
    return _methods.setdefault((plain, methods), methods(plain)) if found is None else found


def observed_class(plain: type, methods: Methods) -> type:
    """The subclass of `plain` that goes through `methods`; made once for each pair."""
    found = _classes.get((plain, methods))
    if found is None:
        names = {name: getattr(plain, name) for name in ("__module__", "__qualname__", "__doc__")}
        space = {**names, **_made(plain, methods), "__slots__": (), "__stackgen_plain__": plain}
        found = _classes.setdefault((plain, methods), type(plain.__name__, (plain,), space))
    return found
