"""Cells that all processes of a prefork server share, through one directory.

Each process writes its own file (`sharedfile.py`), so nobody ever waits for anybody to record. Whoever is scraped
reads all files and adds them up. What makes that exact:

- A process holds a lock on its file that the kernel releases when it ends, however it ends. A file without that lock
  is a dead process's.
- A dead process's counts are added to the base file, which names the files that are in it, and which is replaced as a
  whole. Killed at any moment, the one who folds leaves the old base or the new one; a file that the base names is not
  counted again. Only one process folds at a time, and nobody waits for it.
- A reader that finds another base after reading than before reads again.
- Sums are rounded so that they cannot go down: exactly over all files, and up where a fold cannot be exact.
- After a fork the child begins a file of its own with all cells at zero; its parent's file it lets go of. Its threads
  may all record first at the same moment: one of them makes the file, the others wait for it. Who holds that lock waits
  for no other.
"""

from __future__ import annotations

import secrets
import threading
import warnings
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from stackgen.runtime.cells import Cells, Lease
from stackgen.runtime.others import Others
from stackgen.runtime.peers import Layout, Seen, added, combined, sums
from stackgen.runtime.sharedfile import OWN, Row, SharedFile
from stackgen.runtime.spec import Combine

#: Cells for gauges' own values, in the file or, where it cannot grow, here.
Block: TypeAlias = "memoryview[float] | array[float]"


class SharedDirectoryError(OSError):
    """The directory that was given as `shared` cannot be used; the text says why and what to do."""


class SharedCells(Cells):
    """The cells of one definition in a directory that its processes share.

    Raises SharedDirectoryError if the directory cannot be used. If it fills up later, what new threads and series
    record stays in this process, and one RuntimeWarning says so.
    """

    def __init__(self, directory: str, name: str, digest: str, layout: Layout) -> None:
        super().__init__()
        self.directory = Path(directory)
        self._name = name
        self._digest = digest
        self._layout = layout
        self.others = Others(self.directory, name, digest, layout)
        #: Whether it was said that the directory is full.
        self._full = False
        self._file: SharedFile | None = None
        #: Held while a file or a block for gauges is made.
        self._opening = threading.RLock()
        #: Gauges' own values: ever longer blocks, of which a slot is in the first that is long enough.
        self._own: list[Block] = []
        #: How long a block for gauges is being added; 0 for none.
        self._adding = 0
        #: Held while the answer of a gauge's function is stored, and while a gauge's value is withdrawn.
        self.asking = threading.RLock()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._file = self._new_file()
        except OSError as error:
            message = (
                f"shared={directory!r} cannot be used: {error.strerror or error}; give a directory that every "
                f"worker can write to, with free space, best on a tmpfs (/run or /dev/shm)"
            )
            raise SharedDirectoryError(error.errno, message) from error

    # -- writing --

    def _new_file(self) -> SharedFile:
        token = secrets.token_hex(8)
        path = self.directory / f"{self._name}.{self._digest}.{token}.cells"
        self.others.made.add(path.name)
        try:
            return SharedFile(path, self._digest, token)
        except OSError:
            self.others.made.discard(path.name)
            raise

    def _ready(self) -> SharedFile:
        """Our file, made again after a fork.

        A restarted worker takes its predecessors' files away then, also where nobody scrapes. That is not for who holds
        `_opening`: series may be made.
        """
        file, new = self._opened()
        if new:
            self.others.fold_unless_reading()
        return file

    def _opened(self) -> tuple[SharedFile, bool]:
        """Our file, and whether it is new; then it has all series' slots."""
        with self._opening:
            known = self._file
            if known is not None:
                return known, False
            file = self._new_file()
            try:
                file.declare(self._layout.rows())
                # A signal handler may have made one meanwhile, and cells in it; nothing is in this one.
                if self._file is None:
                    self._file = file
                    return file, True
            finally:
                if self._file is not file:
                    file.path.unlink(missing_ok=True)
                    file.close()
            return self._file, False

    def declare(self, rows: Iterable[Row]) -> None:
        """Say to everybody which series new slots belong to; the layout has them already."""
        try:
            with self._opening:
                file, new = self._opened()
                if not new:
                    file.declare(rows)
        except OSError as error:
            self._keep_here(error)
            return
        if new:
            self.others.fold_unless_reading()

    def lane(self) -> list[float]:
        """The calling thread's cells, in the file; longer ones replace those that have become too short.

        What is in the shorter ones stays there and is added up like any other thread's.
        """
        held, size = self.local.__dict__, self.size
        cells: list[float] | None = held.get("cells")
        if cells is None or len(cells) < size:
            cells = self._idle_lane(size) or self._new_lane(2 * size)
            # At once: between the two, a handler could be given the one and lose the other.
            held.update(cells=cells, lease=Lease(self._idle, cells))
        return cells

    def _new_lane(self, size: int) -> list[float]:
        cells: list[float]
        try:
            # A memoryview of doubles takes item access like a list, which is all that recording does.
            cells = cast("list[float]", self._ready().cells(size))
        except OSError as error:
            self._keep_here(error)
            cells = [0.0] * size
        self._lanes[id(cells)] = cells
        return cells

    def _idle_lane(self, size: int) -> list[float] | None:
        """A dead thread's cells that are long enough."""
        for _ in range(len(self._idle)):
            try:
                cells = self._idle.pop()
            except IndexError:
                return None
            if len(cells) >= size:
                return cells
        return None

    def _keep_here(self, error: OSError) -> None:
        """Go on without the directory: what comes now is seen only by who scrapes this process."""
        if not self._full:
            self._full = True
            warnings.warn(
                f"{self.directory}: {error.strerror or error}; from now on this process's new cells are seen only "
                f"when it is scraped itself",
                RuntimeWarning,
                stacklevel=2,
            )

    def put(self, slot: int, value: float) -> None:
        """Store to one of the cells for gauges' own values; every thread stores to them, none adds to what is there."""
        for block in self._own:
            if len(block) > slot:
                block[slot] = value
                return
        self._add_own(2 * (slot + 1))
        self.put(slot, value)

    def _add_own(self, slots: int) -> None:
        """One more block for gauges' own values, unless another thread has just added one that is long enough.

        They have to be in the file in this order, as whoever reads it takes a slot's value from the first that has it.
        So a signal handler that interrupts this gets a block that is in no file, whose values are then taken over.
        """
        self._ready_if_possible()
        with self._opening:
            if self._adding:
                self._own.append(_block(max(slots, self._adding)))
                return
            self._adding = slots
            blocks = self._own[:]
            try:
                known = len(blocks)
                if known and len(blocks[-1]) >= slots:
                    return
                found = self._in_file(slots)
                # Nothing is called in these lines, so no handler comes between them.
                waiting = self._own[known:]
                if waiting:
                    found[:slots] = waiting[0][:slots]  # type: ignore[assignment]
                self._own[known:] = [found, *waiting]
            finally:
                self._adding = 0

    def _ready_if_possible(self) -> None:
        try:
            self._ready()
        except OSError as error:
            self._keep_here(error)

    def _in_file(self, slots: int) -> Block:
        """New cells for gauges' own values; in this process alone if there is no room."""
        try:
            return self._opened()[0].cells(slots, OWN)
        except OSError as error:
            self._keep_here(error)
            return _block(slots)

    def own_values(self) -> list[float]:
        """Gauges' own values of this process, by slot."""
        values: list[float] = []
        for block in self._own.copy():
            values += block[len(values) :].tolist()
        return values

    def held(self, slot: int) -> float | None:
        """What `mine` says of one gauge, without a copy of all there is."""
        return self._own_value(slot + 1) + self.total(slot) if self._own_value(slot + 2) else None

    def _own_value(self, slot: int) -> float:
        return next((block[slot] for block in self._own if len(block) > slot), 0.0)

    def after_fork(self) -> None:
        """Begin again at zero, with a new file when something is recorded."""
        super().after_fork()
        self.others.after_fork()
        self._own = []
        self._opening = threading.RLock()
        self.asking = threading.RLock()
        self._adding = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    # -- reading --

    def totals(self) -> list[float]:
        """The sum of every slot over all threads of all processes."""
        return self.sums(self.read())

    def sums(self, seen: Iterable[Seen]) -> list[float]:
        """The sum of every slot over what was seen."""
        return sums([lane for each in seen for lane in each.lanes], self.size)

    def total(self, slot: int) -> float:
        """The sum of one slot over the threads of this process."""
        return added([lane[slot] for lane in self._lanes.copy().values() if len(lane) > slot])

    def read(self) -> list[Seen]:
        """What every process has recorded, this one first. Folds the dead, if nobody else is at it."""
        others = self.others.read()
        return [self.mine(), *others]

    def combined(
        self, offsets: Mapping[tuple[str, ...], int], how: Combine, seen: Sequence[Seen]
    ) -> dict[tuple[str, ...], float]:
        """What gauges hold over all processes, of those that have a value; of the dead only the `last` value counts."""
        found = {values: combined(seen, slot, how) for values, slot in offsets.items()}
        return {values: value for values, value in found.items() if value is not None}

    def mine(self) -> Seen:
        """What this process has recorded."""
        return Seen(True, [list(lane) for lane in self._lanes.copy().values()], self.own_values())


def _block(slots: int) -> Block:
    """Cells that are in no file."""
    return array("d", bytes(8 * slots))
