"""What the system refuses while a stack is started or stopped, in one line for the user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from stackgen.findings import StackgenError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn an OSError, as for a full disk or a file of somebody else's, into a StackgenError."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StackgenError(
                f"there is no space left on the disk{_at(error)}; make some and run the command again"
            ) from error
        raise StackgenError(f"{error.strerror or error}{_at(error)}") from error


def _at(error: OSError) -> str:
    return f": {error.filename}" if error.filename else ""
