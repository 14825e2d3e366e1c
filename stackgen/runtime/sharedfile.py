"""The file that one process keeps its cells in, for every process to read.

Layout (little endian; all offsets are multiples of 8):

    header   magic "STACKGEN", version, definition digest, token of the file, CRC-32 of what precedes
    blocks   size of the payload (u64), kind (u32), CRC-32 (u32), commit word (u64), payload

    kind 1   label table: JSON `[[metric key, [label values], first slot], ...]`; the CRC is the payload's
    kind 2   cells: float64 slots of one thread, from slot 0 on; they change, so the CRC is that of size and kind
    kind 3   nothing: fills the space up to a page, where cells begin
    kind 4   JSON `[token, ...]`: files whose counts are in this one (base files only)
    kind 5   cells that hold gauges' own values; one writer at a time

A block is written first and its commit word last, so a process that is killed leaves whole blocks or none. A cell is
eight aligned bytes, which the machine stores at once: no reader sees half of one.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

VERSION = 1
TABLE, CELLS, PADDING, FOLDED, OWN = 1, 2, 3, 4, 5

_MAGIC = b"STACKGEN"
_HEADER = struct.Struct("<8sI16s16sI")
_HEADER_SIZE = 48
_BLOCK = struct.Struct("<QIIQ")
_COMMIT = 0x434F4D4D49545445
_WORD = struct.Struct("<Q")
#: Nothing that is read is larger; a size beyond it is damage.
_LARGEST = 1 << 30

Row = tuple[str, tuple[str, ...], int]


class SharedFileError(Exception):
    """A file that cannot be used; `reason` is one of `foreign`, `stale`, `truncated`, `corrupt`, `unreadable`."""

    def __init__(self, path: Path, reason: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.reason = reason


class Block(NamedTuple):
    """One block, where its payload is, and the payload of those that do not change."""

    kind: int
    offset: int
    size: int
    payload: bytes


class SharedFile:
    """A file that this process writes; held under an exclusive lock for as long as the process lives.

    Raises OSError where the directory cannot be written to or is full.
    """

    def __init__(self, path: Path, digest: str, token: str) -> None:
        self.path = path
        self.token = token
        # It gets its name when it is locked and has its header, so that nobody takes it for a dead process's.
        draft = path.with_suffix(".new")
        self._fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            _allocate(self._fd, 0, _HEADER_SIZE)
            os.pwrite(self._fd, header(digest, token), 0)
            draft.rename(path)
        except BaseException:
            os.close(self._fd)
            draft.unlink(missing_ok=True)
            raise
        self._end = _HEADER_SIZE
        self._writing = threading.RLock()
        self._maps: list[tuple[mmap.mmap, memoryview[float]]] = []

    def declare(self, rows: Iterable[Row]) -> None:
        """Say which series the slots are, before a cell of theirs is written to."""
        payload = json.dumps([[key, list(values), first] for key, values, first in rows]).encode()
        with self._writing:
            self._append(TABLE, payload)

    def cells(self, slots: int, kind: int = CELLS) -> memoryview[float]:
        """New cells, at least this many, all zero."""
        size = -(-slots * 8 // mmap.PAGESIZE) * mmap.PAGESIZE
        with self._writing:
            # Nothing is called between reading and writing the end: a signal handler that comes here too finds it
            # either before or after this claim.
            end = self._end
            start = (end + 2 * _BLOCK.size + mmap.PAGESIZE - 1) // mmap.PAGESIZE * mmap.PAGESIZE
            self._end = start + size
            _allocate(self._fd, end, start + size - end)
            mapped = mmap.mmap(self._fd, size, offset=start)
            found = memoryview(mapped).cast("d")
            self._maps.append((mapped, found))
            self._commit(end, PADDING, start - end - 2 * _BLOCK.size, b"")
            self._commit(start - _BLOCK.size, kind, size, b"")
        return found

    def _append(self, kind: int, payload: bytes) -> None:
        payload += b" " * (-len(payload) % 8)
        size = _BLOCK.size + len(payload)
        end = self._end
        self._end = end + size
        _allocate(self._fd, end, size)
        self._commit(end, kind, len(payload), payload)

    def _commit(self, start: int, kind: int, size: int, payload: bytes) -> None:
        os.pwrite(self._fd, _BLOCK.pack(size, kind, _checksum(kind, size, payload), 0) + payload, start)
        os.pwrite(self._fd, _WORD.pack(_COMMIT), start + _BLOCK.size - _WORD.size)

    def close(self) -> None:
        """Let go of the file, its cells and its lock; in a forked child, of the child's hold on its parent's."""
        for mapped, cells in self._maps:
            cells.release()
            mapped.close()
        self._maps.clear()
        os.close(self._fd)


def _allocate(fd: int, offset: int, size: int) -> None:
    """Make sure that there is room on the disk: storing to a mapped hole on a full one would kill the process.

    Raises OSError if there is none.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, offset, size)
    else:
        os.pwrite(fd, bytes(size), offset)


def header(digest: str, token: str) -> bytes:
    """The first bytes of a file."""
    start = _HEADER.pack(_MAGIC, VERSION, digest.encode(), token.encode(), 0)[:-4]
    return (start + zlib.crc32(start).to_bytes(4, "little")).ljust(_HEADER_SIZE, b"\0")


def whole(digest: str, token: str, blocks: Iterable[tuple[int, bytes]]) -> bytes:
    """A file that nobody will write to any more."""
    parts = [header(digest, token)]
    for kind, payload in blocks:
        padded = payload + b" " * (-len(payload) % 8)
        parts += [_BLOCK.pack(len(padded), kind, _checksum(kind, len(padded), padded), _COMMIT), padded]
    return b"".join(parts)


def _checksum(kind: int, size: int, payload: bytes) -> int:
    return zlib.crc32(payload if kind in {TABLE, FOLDED} else struct.pack("<IQ", kind, size))


class Reader:
    """Reads a file as it grows; what has been read of its structure is not read again.

    Raises SharedFileError for a file that is not what it should be.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise SharedFileError(path, "unreadable", f"cannot be opened: {error.strerror}") from error
        try:
            self.token = self._check_header(digest)
        except BaseException:
            os.close(self._fd)
            raise
        self._next = _HEADER_SIZE
        #: Blocks of cells, in the order in which they were made.
        self.cells: list[Block] = []

    def _read(self, size: int, offset: int) -> bytes:
        try:
            return os.pread(self._fd, size, offset)
        except OSError as error:
            raise SharedFileError(self.path, "unreadable", f"cannot be read: {error.strerror}") from error

    def _check_header(self, digest: str) -> str:
        data = self._read(_HEADER_SIZE, 0)
        if data[:8] != _MAGIC[: len(data[:8])] or not data:
            raise SharedFileError(self.path, "foreign", "is not a file of stackgen's")
        if len(data) < _HEADER_SIZE:
            raise SharedFileError(self.path, "truncated", "ends inside its header")
        _, version, written_digest, token, checksum = _HEADER.unpack_from(data)
        if zlib.crc32(data[: _HEADER.size - 4]) != checksum:
            raise SharedFileError(self.path, "corrupt", "has a damaged header")
        if version != VERSION or written_digest != digest.encode():
            raise SharedFileError(self.path, "stale", "was written for another version of the definition")
        return str(token.decode("ascii", "replace"))

    def alive(self) -> bool:
        """Whether the process that writes the file still runs."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        return False

    def news(self) -> Iterator[Block]:
        """Blocks that have been committed since the last call."""
        while True:
            head = self._read(_BLOCK.size, self._next)
            if len(head) < _BLOCK.size:
                return
            size, kind, checksum, commit = _BLOCK.unpack(head)
            if commit == 0:
                return
            if commit != _COMMIT or size > _LARGEST or size % 8 or kind not in {TABLE, CELLS, PADDING, FOLDED, OWN}:
                raise SharedFileError(self.path, "corrupt", f"has a damaged block at byte {self._next}")
            start = self._next + _BLOCK.size
            payload = self._read(size, start) if kind in {TABLE, FOLDED} else b""
            if kind in {TABLE, FOLDED} and len(payload) < size:
                raise SharedFileError(self.path, "truncated", f"ends inside the block at byte {self._next}")
            if _checksum(kind, size, payload) != checksum:
                raise SharedFileError(self.path, "corrupt", f"has a damaged block at byte {self._next}")
            self._next = start + size
            block = Block(kind, start, size, payload)
            if kind in {CELLS, OWN}:
                self.cells.append(block)
            yield block

    def values(self, block: Block) -> list[float]:
        """The numbers in a block of cells, as they are now."""
        data = self._read(block.size, block.offset)
        if len(data) < block.size:
            raise SharedFileError(self.path, "truncated", "ends inside its cells")
        return cast("list[float]", memoryview(data).cast("d").tolist())

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def rows(block: Block, path: Path) -> list[Row]:
    """The rows of a label table. Raises SharedFileError for one that has another form."""
    try:
        return [(str(key), tuple(map(str, values)), int(first)) for key, values, first in json.loads(block.payload)]
    except (ValueError, TypeError, RecursionError) as error:
        raise SharedFileError(path, "corrupt", "has a damaged label table") from error


def tokens(block: Block, path: Path) -> list[str]:
    """The tokens of a block of folded files. Raises SharedFileError for one that has another form."""
    try:
        return [str(token) for token in json.loads(block.payload)]
    except (ValueError, TypeError, RecursionError) as error:
        raise SharedFileError(path, "corrupt", "has a damaged list of folded files") from error
