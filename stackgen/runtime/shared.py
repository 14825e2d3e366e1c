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

import fcntl
import json
import logging
import os
import secrets
import threading
import warnings
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias, cast

from stackgen.runtime.cells import Cells, Lease
from stackgen.runtime.peers import Layout, Peer, Seen, added, sums
from stackgen.runtime.sharedfile import (
    CELLS,
    FOLDED,
    OWN,
    TABLE,
    Reader,
    Row,
    SharedFile,
    SharedFileError,
    whole,
)

_log = logging.getLogger("stackgen")

#: How often a scrape starts again when somebody folds meanwhile; each time the others have got further.
_ATTEMPTS = 20


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
        self._peers: dict[str, Peer] = {}
        self._reported: set[tuple[str, str]] = set()
        #: Files that the last reading had to leave out, by reason.
        self.skipped: Counter[str] = Counter()
        #: Processes that the last reading found alive, this one among them.
        self.alive = 1
        #: Dead processes whose counts this one has added to the base file.
        self.folded = 0
        self._file: SharedFile | None = None
        #: Names of files that this process has made, from before they are there.
        self._made: set[str] = set()
        #: Held while a file or a block for gauges is made.
        self._opening = threading.RLock()
        #: Gauges' own values: ever longer blocks, of which a slot is in the first that is long enough.
        self._own: list[Block] = []
        #: How long a block for gauges is being added; 0 for none.
        self._adding = 0
        self._reading = threading.RLock()
        #: Whether its owner is in the middle of that, which a signal handler must not begin anew.
        self._busy = False
        #: The base that was last learnt from.
        self._learnt = (0, 0)
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
        self._made.add(path.name)
        try:
            return SharedFile(path, self._digest, token)
        except OSError:
            self._made.discard(path.name)
            raise

    def _ready(self) -> SharedFile:
        """Our file, made again after a fork.

        A restarted worker takes its predecessors' files away then, also where nobody scrapes. That is not for who holds
        `_opening`: series may be made.
        """
        file, new = self._opened()
        if new:
            self._unless_reading(self._fold)
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
            self._unless_reading(self._fold)

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
        if ("", "full") not in self._reported:
            self._reported.add(("", "full"))
            warnings.warn(
                f"{self.directory}: {error.strerror or error}; from now on this process's new cells are seen only "
                f"when it is scraped itself",
                RuntimeWarning,
                stacklevel=2,
            )

    def own(self, slots: int) -> Block:
        """Cells for gauges' own values, this many at least; every thread stores to them, none adds to what is there."""
        for block in self._own:
            if len(block) >= slots:
                return block
        self._add_own(2 * slots)
        return self.own(slots)

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
        for peer in self._peers.values():
            peer.reader.close()
        self._peers = {}
        self._own = []
        self.folded = 0
        self._made = set()
        self._opening = threading.RLock()
        self._adding = 0
        self._reading = threading.RLock()
        self._busy = False
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
        with self._reading:
            busy, self._busy = self._busy, True
            try:
                self._fold()
                others: list[tuple[str, Seen]] = []
                for _ in range(_ATTEMPTS):
                    before = self._base_identity()
                    others, _folded = self._read_others()
                    if self._base_identity() == before:
                        break
            finally:
                self._busy = busy
            self.alive = 1 + sum(seen.alive for _, seen in others)
        return [self.mine(), *(seen for _, seen in others)]

    def learn(self) -> None:
        """Take over which series other processes have made, so that the layout knows all their label values.

        Waits for nobody: who is reading does the same.
        """
        self._unless_reading(self._learn)

    def _unless_reading(self, work: Callable[[], None]) -> None:
        if self._reading.acquire(blocking=False):
            try:
                if not self._busy:
                    self._busy = True
                    try:
                        work()
                    finally:
                        self._busy = False
            finally:
                self._reading.release()

    def _learn(self) -> None:
        base = self._base_identity()
        try:
            names = self._others()
        except OSError:
            # The directory is gone; a scrape says so.
            return
        for name in names:
            if name.endswith(".base") and base == self._learnt:
                continue
            try:
                self._peer(name).learn(self._layout)
            except FileNotFoundError:
                continue
            except SharedFileError:
                # The next reading says what is wrong with it.
                self._leave(name)
        self._learnt = base

    def _others(self) -> list[str]:
        """The names of the other processes' files, and that of the base."""
        return sorted(name for name in os.listdir(self.directory) if self._is_ours(name))  # noqa: PTH208

    def _leave(self, name: str) -> None:
        peer = self._peers.pop(name, None)
        if peer is not None:
            peer.reader.close()

    def mine(self) -> Seen:
        """What this process has recorded."""
        return Seen(True, [list(lane) for lane in self._lanes.copy().values()], self.own_values())

    def _read_others(self) -> tuple[list[tuple[str, Seen]], set[str]]:
        """Every file but our own, and the tokens of those whose counts the base has."""
        self.skipped = Counter()
        found: list[tuple[str, Seen]] = []
        folded: set[str] = set()
        names = self._others()
        for gone in self._peers.keys() - set(names):
            self._peers.pop(gone).reader.close()
        # The base first: it says which of the others not to count.
        for name in sorted(names, key=lambda each: not each.endswith(".base")):
            base = name.endswith(".base")
            try:
                peer = self._peer(name)
                if not base and peer.reader.token in folded:
                    continue
                # Asked before reading: what a dead process has written is all that it ever will.
                alive = not base and peer.reader.alive()
                lanes, own = peer.read(self._layout)
                folded |= peer.folded
                found.append((peer.reader.token, Seen(alive, lanes, own)))
            except FileNotFoundError:
                continue
            except SharedFileError as error:
                self._skip(name, error)
        return found, folded

    def _is_ours(self, name: str) -> bool:
        if not name.startswith(f"{self._name}.") or name in self._made:
            return False
        return name.endswith(".cells") or name == self._base_path().name

    def _peer(self, name: str) -> Peer:
        path = self.directory / name
        peer = self._peers.get(name)
        if peer is not None and name.endswith(".base"):
            # The base is replaced, not written to.
            peer.reader.close()
            del self._peers[name]
            peer = None
        if peer is None:
            peer = self._peers[name] = Peer(Reader(path, self._digest))
        return peer

    def _skip(self, name: str, error: SharedFileError) -> None:
        self.skipped[error.reason] += 1
        self._leave(name)
        if (name, error.reason) not in self._reported:
            self._reported.add((name, error.reason))
            _log.warning("%s; its counts are left out", error)

    # -- folding --

    def _base_path(self) -> Path:
        return self.directory / f"{self._name}.{self._digest}.base"

    def _base_identity(self) -> tuple[int, int]:
        try:
            stat = self._base_path().stat()
        except OSError:
            return (0, 0)
        return (stat.st_ino, stat.st_mtime_ns)

    def _fold(self) -> None:
        """Add the dead processes' counts to the base file and remove their files."""
        try:
            lock = os.open(self._base_path().with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._fold_locked()
        except BlockingIOError:
            # Somebody else does it.
            return
        except OSError as error:
            # No room for a new base: the dead stay as they are, and are counted from their own files.
            _log.warning("%s: dead processes' files could not be folded: %s", self.directory, error.strerror)
        finally:
            os.close(lock)

    def _fold_locked(self) -> None:
        found, folded = self._read_others()
        base = self._base_path()
        dead = [(token, seen) for token, seen in found if not seen.alive]
        names = {peer.reader.token: name for name, peer in self._peers.items() if name.endswith(".cells")}
        done = folded & names.keys()
        new = {token for token, _ in dead if token in names}
        if new:
            if base.exists() and all(token in names for token, _ in dead):
                # It was reported when it was left out; a new one must not take its place without a trace.
                base.replace(base.with_suffix(".damaged"))
            self._write_base([seen for _, seen in dead], new | done)
            self.folded += len(new)
        for token in new | done:
            name = names[token]
            self._peers.pop(name).reader.close()
            (self.directory / name).unlink(missing_ok=True)

    def _write_base(self, dead: list[Seen], tokens_in_it: set[str]) -> None:
        totals = sums([lane for seen in dead for lane in seen.lanes], self.size, up=True)
        own = [0.0] * self.size
        for slot, combine in self._layout.gauge_slots():
            totals[slot] = 0.0
            last = max((held for seen in dead if (held := seen.gauge(slot))), default=None)
            if combine == "last" and last is not None:
                own[slot + 1 : slot + 4] = (last.value, 1.0, last.time)
        blocks = [
            (TABLE, json.dumps([[key, list(values), first] for key, values, first in self._layout.rows()]).encode()),
            (FOLDED, json.dumps(sorted(tokens_in_it)).encode()),
            (CELLS, array("d", totals).tobytes()),
            (OWN, array("d", own).tobytes()),
        ]
        base = self._base_path()
        draft = base.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            draft.write_bytes(whole(self._digest, "base", blocks))
            draft.replace(base)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def _block(slots: int) -> Block:
    """Cells that are in no file."""
    return array("d", bytes(8 * slots))
