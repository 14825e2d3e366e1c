"""`stackgen down`: stop the project's stack."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.stack import choose_engine


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Stop everything; that nothing ran is said, and no error."""
    stopped = choose_engine(arguments.engine, Path()).down(volumes=arguments.volumes)
    kept = "" if arguments.volumes else "; its data is kept, `stackgen down --volumes` removes it too"
    say(f"the stack is stopped{kept}" if stopped else "nothing ran")
    return 0
