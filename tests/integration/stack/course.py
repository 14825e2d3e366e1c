"""What takes minutes, done in the background: several stacks go through their steps at once while tests look on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Generic, TypeVar

import pytest

Stack = TypeVar("Stack")

#: Seconds that anything is waited for: all steps, one after another.
_LONGEST = 900


class Course(Generic[Stack]):
    """A stack and the steps that it goes through, one after another, from now on.

    A test asks for the outcome of the step that it is about. A step that fails fails the tests that ask for it, and the
    next one goes on.
    """

    def __init__(self, stack: AbstractContextManager[Stack], steps: Mapping[str, Callable[[Stack], Any]]) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._left = ExitStack()
        self._stack = self._executor.submit(self._left.enter_context, stack)
        self._outcomes = {name: self._executor.submit(self._take, step) for name, step in steps.items()}

    def _take(self, step: Callable[[Stack], Any]) -> Any:
        return step(self.stack)

    @property
    def stack(self) -> Stack:
        """The stack, once it is up; AssertionError says what kept it from coming up."""
        error = self._stack.exception(timeout=_LONGEST)
        if error is not None:  # told anew: one exception that is raised again and again gathers a traceback of all
            said = getattr(error, "stderr", None) or b""
            raise AssertionError(f"the stack did not come up: {error}\n{said.decode(errors='replace')}")
        return self._stack.result()

    def outcome(self, name: str) -> Any:
        """What a step gave, once it has ended; raises what it raised."""
        return self._outcomes[name].result(timeout=_LONGEST)

    def at_rest(self) -> Stack:
        """The stack, once it has gone through all steps, whatever came of them."""
        wait(self._outcomes.values(), timeout=_LONGEST)
        return self.stack

    def end(self) -> Future[None]:
        """Leave out the steps that have not begun, and take the stack down after the one that has."""
        for outcome in self._outcomes.values():
            outcome.cancel()
        last = self._executor.submit(self._left.close)
        self._executor.shutdown(wait=False)
        return last


class Courses:
    """The stacks that are under way, by name."""

    def __init__(self, names: Iterable[str], begin: Callable[[str], Course[Any]]) -> None:
        self._begin = begin
        self._under_way = {name: (1, begin(name)) for name in names}

    def course(self, item: pytest.Item, name: str) -> Course[Any]:
        """One of them; for a test that is tried again (pytest-rerunfailures), a stack that begins anew."""
        trial = getattr(item, "execution_count", 1)
        begun, course = self._under_way[name]
        if trial > begun:
            course.end().result()
            course = self._begin(name)
            self._under_way[name] = trial, course
        return course

    def end(self) -> None:
        """Take all of them down."""
        last = [course.end() for _, course in self._under_way.values()]
        wait(last)
        for down in last:
            down.result()
