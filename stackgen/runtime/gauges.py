"""Gauges: values that are set, moved up and down, or asked for at the scrape."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stackgen.runtime.cells import Cells

if TYPE_CHECKING:
    from stackgen.runtime.shared import SharedCells


def real(value: Any, name: str = "a gauge's value") -> float:
    """The value as a float; `name` is what the error calls it.

    Raises TypeError for what is no real number; text is none, whatever it says.
    """
    kind = type(value)
    if issubclass(kind, str | bytes) or not (hasattr(kind, "__float__") or hasattr(kind, "__index__")):
        message = f"{name} must be a real number, not {value!r}"
        raise TypeError(message)
    return float(value)


class Gauge:
    """One series of a gauge.

    Exact without a lock: `inc` and `dec` add to the calling thread's cell; `set` keeps the value together with the sum
    of the cells at that moment, as one tuple, so that only what is added later counts on top of it.
    A gauge that nobody has given a value is not exposed: 0 would be a statement (`0 bytes`, `no limit`).
    """

    __slots__ = ("_base", "_cells", "_function", "_moved", "_removed", "slot")

    def __init__(self, cells: Cells, slot: int) -> None:
        self._cells = cells
        self.slot = slot
        self._base: tuple[float, float] | None = None
        self._moved = False
        #: What had been added to the gauge when its value was taken away.
        self._removed = 0.0
        self._function: Callable[[], float] | None = None

    def set(self, value: float) -> None:
        """Give the gauge this value."""
        if value.__class__ is not float:
            value = real(value)
        self._base = (value, self._added())

    def _added(self) -> float:
        """What was added to the gauge; an infinity, from which nothing can be taken, is forgotten."""
        added = self._cells.total(self.slot)
        if added - added:
            self._cells.clear_slot(self.slot)
            return 0.0
        return added

    def inc(self, amount: float = 1) -> None:
        """Add to the gauge; one that was never set starts at 0."""
        if amount.__class__ is not float and amount.__class__ is not int:
            amount = real(amount, "the amount")
        slot = self.slot
        try:
            self._cells.local.cells[slot] += amount
        except (AttributeError, IndexError):
            self._cells.lane()[slot] += amount
        self._moved = True

    def dec(self, amount: float = 1) -> None:
        """Take from the gauge; one that was never set starts at 0."""
        self.inc(-amount)

    def set_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function for the value at each scrape; None ends that."""
        self._function = function

    def value(self) -> float | None:
        """The value now; None if there is none. Raises what the gauge's function raises."""
        # Looked at once: another thread may take them away meanwhile.
        function, base = self._function, self._base
        if function is not None:
            return real(function())
        if base is not None:
            value, before = base
            return value + (self._cells.total(self.slot) - before)
        return float(self._cells.total(self.slot) - self._removed) if self._moved else None

    def ask(self) -> None:
        """Ask the gauge's function now, for whoever cannot do so later. Raises what the function raises."""

    def after_fork(self) -> None:
        """Have no value: what the parent knew, the parent exposes. A function is asked here too."""
        self._base, self._moved, self._removed = None, False, 0.0

    def forget(self) -> None:
        """Have no value again, until the next one is given; what is added then starts at 0."""
        self._moved = False
        self._removed = self._added()
        self._base = None
        self._function = None

    def remove(self) -> None:
        """Take the value away from what is exposed, until the next one is given."""
        self.forget()


class SharedGauge(Gauge):
    """One series of a gauge whose value other processes see too.

    Its own value is a single cell, stored at once; what is added later is in the threads' cells on top of it. Where
    both `set` and `inc` are used with fractions, the sum may be off by a rounding error.
    """

    __slots__ = ("_shared",)

    def __init__(self, cells: SharedCells, slot: int) -> None:
        super().__init__(cells, slot)
        self._shared = cells

    def set(self, value: float) -> None:
        """Give the gauge this value."""
        if value.__class__ is not float:
            value = real(value)
        slot, put = self.slot, self._shared.put
        put(slot + 1, value - self._added())
        # The time last: without a value it says when the value was withdrawn.
        put(slot + 2, 1.0)
        put(slot + 3, time.time())

    def inc(self, amount: float = 1) -> None:
        """Add to the gauge; one that was never set starts at 0."""
        super().inc(amount)
        slot, put = self.slot, self._shared.put
        put(slot + 2, 1.0)
        put(slot + 3, time.time())

    def value(self) -> float | None:
        """The value that this process has for the gauge; None if it has none."""
        return self._shared.held(self.slot)

    def ask(self) -> None:
        """Ask the gauge's function now, so that others see what it said. Raises what the function raises."""
        function = self._function
        if function is None:
            return
        value = real(function())
        with self._shared.asking:
            # One that was taken off while it was asked must not bring the value back.
            if self._function is function:
                self.set(value)

    def forget(self) -> None:
        """Have no value again, until the next one is given, as if this process had never given one."""
        self._withdraw(0.0)

    def remove(self) -> None:
        """Take this process's value away from what is exposed, until the next one is given.

        What other processes that live have given counts on. What those that have ended left behind does not, if they
        gave it before.
        """
        self._withdraw(time.time())

    def _withdraw(self, when: float) -> None:
        slot, put = self.slot, self._shared.put
        with self._shared.asking:
            self._function = None
            put(slot + 2, 0.0)
            put(slot + 3, when)
            put(slot + 1, -self._added())
