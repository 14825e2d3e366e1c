"""How a wrapper gets onto an object and off again, in two ways.

**`put_in`: methods in the instance**, in front of its class's, for clients that live as long as the application. The
client's class stays as it is, and CPython goes on to treat it as an instance like any other: before 3.13 one whose
class was exchanged loses the fast way to its attributes, which costs as much as the recording does. The methods hold
the client that they are in, so one that is let go of without `uninstrument` is freed by the garbage collector. A copy,
pickled or not, is a plain one: methods that it took along would work on the original. What others have put into the
instance, before or after, goes on to work and stays (`standing`).

**`put_on`: the class exchanged for a subclass**, for what is made and let go of all the time, pipelines above all: it
is freed at once as it always was. The subclass has its parent's name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MethodType
from typing import Any, NamedTuple

from stackgen.instrument.standing import NOTHING, ClassAsSeen, standing_in

#: The attribute, of an instance, that holds what its wrapper records to.
STATE = "_stackgen"

#: The attribute that holds what was put in.
_PUT = "_stackgen_put"

#: Makes the methods of a wrapper for a plain class. A method calls that class's by name, not by `super()`: one that is
#: under way when the wrapper is taken off, or that somebody has kept, goes on to work.
Methods = Callable[[type], Mapping[str, Any]]

# Attributes are set and deleted by their names: to ask for `__dict__` would take the fast way away from the instance.


class _Put(NamedTuple):
    """What was put into an instance, and what had stood there in front of the class's methods."""

    methods: Mapping[str, Any]
    before: Mapping[str, Any]


def put_in(target: Any, methods: Methods, state: object) -> None:
    """Put methods into the instance, which find `state` by `state_of`, and call what stands there already."""
    plain = type(target)
    names = (*_made(plain, methods), "__reduce_ex__")
    standing = {name: found for name in names if (found := standing_in(target, name)) is not NOTHING}
    # Somebody else's wrapper may have one of ours under it that could not be taken out: it works again as it is.
    left: _Put = getattr(target, _PUT, _Put({}, {}))
    kept = left.methods.keys() & standing.keys()
    before = {name: found for name, found in standing.items() if name not in kept}
    seen: Any = ClassAsSeen(plain, before) if before else plain
    made = dict(methods(seen) if before else _made(plain, methods))
    before |= {name: found for name, found in left.before.items() if name in kept}
    put = {
        **made,
        "__reduce_ex__": _reduce_ex(seen, made.keys(), before),
        **{name: left.methods[name] for name in kept},
    }
    for name, function in put.items():
        if name not in kept:
            setattr(target, name, MethodType(function, target))
    setattr(target, _PUT, _Put(put, before))
    setattr(target, STATE, state)


def take_out(target: Any) -> None:
    """Have an instance be what it was before `put_in`.

    What somebody has put in front of ours since then stays there, with ours under it, which has nothing to record to.
    """
    delattr(target, STATE)
    put: _Put = getattr(target, _PUT)
    delattr(target, _PUT)
    left = {}
    for name, function in put.methods.items():
        standing: Any = standing_in(target, name)
        if type(standing) is not MethodType or standing.__func__ is not function:
            if standing is not NOTHING:
                left[name] = function
        elif name in put.before:
            setattr(target, name, put.before[name])
        else:
            delattr(target, name)
    if left:
        setattr(target, _PUT, _Put(left, {name: found for name, found in put.before.items() if name in left}))


def _reduce_ex(plain: Any, names: Iterable[str], before: Mapping[str, Any]) -> Any:
    left_out = {STATE, _PUT, "__reduce_ex__", *names}

    def __reduce_ex__(self: Any, protocol: Any) -> Any:  # noqa: N807  -- is what it will be
        reduced = plain.__reduce_ex__(self, protocol)
        if isinstance(reduced, str) or len(reduced) < 3:
            return reduced
        return (*reduced[:2], _with(without(reduced[2], left_out), before), *reduced[3:])

    return __reduce_ex__


def without(state: Any, names: Collection[str]) -> Any:
    """What an object is copied by, without these attributes; those that are in slots come second in a pair."""
    if isinstance(state, dict):
        return {name: value for name, value in state.items() if name not in names}
    if isinstance(state, tuple) and len(state) == 2:
        return without(state[0], names), state[1]
    return state


def _with(state: Any, attributes: Mapping[str, Any]) -> Any:
    if isinstance(state, tuple) and len(state) == 2:
        return _with(state[0], attributes), state[1]
    return {**state, **attributes} if isinstance(state, dict) else state


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
