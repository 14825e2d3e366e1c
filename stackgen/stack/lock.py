"""One at a time starts or stops a stack."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from stackgen.findings import StackgenError
from stackgen.stack.state import keep_out_of_git

#: How often the lock is taken anew that a `down` removed meanwhile.
_TRIES = 10


def take(path: Path) -> IO[str]:
    """The lock of a stack, in an engine's folder under `.stackgen`, held until it is closed.

    Raises StackgenError where somebody else holds it.
    """
    for _ in range(_TRIES):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            keep_out_of_git(path.parents[1])
            file = path.open("w")
        except FileNotFoundError:
            continue  # a `down` has just removed the folder
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            break
        if _is(path, file):
            return file
        file.close()  # the `down` that held it has removed it
    raise StackgenError("another `stackgen up` or `down` is at work on this stack; wait until it is done")


def _is(path: Path, file: IO[str]) -> bool:
    """Whether an open file is the one that is there now."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
