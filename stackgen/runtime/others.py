"""The other processes that share a directory: what they have recorded, and how the dead ones' files are taken away.

Why that is exact is said in `shared.py`.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import threading
from array import array
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from stackgen.runtime.peers import Layout, Peer, Seen, last_held, sums
from stackgen.runtime.sharedfile import CELLS, FOLDED, OWN, TABLE, Reader, SharedFileError, whole

_log = logging.getLogger("stackgen")

#: How often a scrape starts again when somebody folds meanwhile; each time the others have got further.
_ATTEMPTS = 20


class Others:
    """The files of the other processes of one definition, and the base file with the counts of the dead."""

    def __init__(self, directory: Path, name: str, digest: str, layout: Layout) -> None:
        self.directory = directory
        self._name = name
        self._digest = digest
        self._layout = layout
        #: Names of files that this process has made, from before they are there.
        self.made: set[str] = set()
        #: Files that the last reading had to leave out, by reason.
        self.skipped: Counter[str] = Counter()
        #: Processes that the last reading found alive, this one among them.
        self.alive = 1
        self._peers: dict[str, Peer] = {}
        self._reported: set[tuple[str, str]] = set()
        #: The base that was last learnt from.
        self._learnt = (0, 0)
        self._reading = threading.RLock()
        #: Whether its owner is in the middle of that, which a signal handler must not begin anew.
        self._busy = False

    def after_fork(self) -> None:
        """This is a new process: what its parent read and made is not its own."""
        for peer in self._peers.values():
            peer.reader.close()
        self._peers = {}
        self._learnt = (0, 0)
        self.made = set()
        self._reading = threading.RLock()
        self._busy = False

    # -- reading --

    def read(self) -> list[Seen]:
        """What every other process has recorded, and the base. Folds the dead, if nobody else is at it."""
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
        return [seen for _, seen in others]

    def learn(self) -> None:
        """Take over which series other processes have made, so that the layout knows all their label values.

        Waits for nobody: who is reading does the same.
        """
        self._unless_reading(self._learn)

    def fold_unless_reading(self) -> None:
        """Fold the dead; who is reading does the same."""
        self._unless_reading(self._fold)

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
            names = self._names()
        except OSError:
            # The directory is gone; a scrape says so.
            return
        for gone in self._peers.keys() - set(names):
            self._leave(gone)
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

    def _names(self) -> list[str]:
        """The names of the other processes' files, and that of the base."""
        return sorted(name for name in os.listdir(self.directory) if self._is_ours(name))  # noqa: PTH208

    def _leave(self, name: str) -> None:
        peer = self._peers.pop(name, None)
        if peer is not None:
            peer.reader.close()

    def _read_others(self) -> tuple[list[tuple[str, Seen]], set[str]]:
        """Every file but our own, and the tokens of those whose counts the base has."""
        self.skipped = Counter()
        found: list[tuple[str, Seen]] = []
        folded: set[str] = set()
        names = self._names()
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
        if not name.startswith(f"{self._name}.") or name in self.made:
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
            self._write_base([seen for _, seen in dead], new | done, len(new))
        for token in new | done:
            name = names[token]
            self._peers.pop(name).reader.close()
            (self.directory / name).unlink(missing_ok=True)

    def _write_base(self, dead: list[Seen], tokens_in_it: set[str], new: int) -> None:
        folded = self._layout.folded_slot()
        rows = self._layout.rows()
        size = max((first + self._layout.width(key) for key, _, first in rows), default=0)
        totals = sums([lane for seen in dead for lane in seen.lanes], size, up=True)
        own = [0.0] * size
        for slot, combine in self._layout.gauge_slots():
            if slot >= size:
                continue  # made since
            totals[slot] = 0.0
            if combine != "last":
                continue
            last = last_held(dead, slot)
            if last is not None:
                own[slot + 1 : slot + 4] = (last.value, 1.0, last.time)
            else:
                own[slot + 3] = max((seen.withdrawn(slot) for seen in dead), default=0.0)
        # Here, where their counts are: one who folds and then dies before anybody asks has told of them all the same.
        totals[folded] += new
        blocks = [
            (TABLE, json.dumps([[key, list(values), first] for key, values, first in rows]).encode()),
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
