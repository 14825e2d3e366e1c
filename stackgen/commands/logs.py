"""`stackgen logs`: what the services of the project's stack say."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.stack import choose_engine


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Print the last lines of one service or all, and with `--follow` what they go on to say."""
    engine = choose_engine(arguments.engine, Path())
    silent = True
    for line in engine.logs(arguments.service, follow=arguments.follow, lines=arguments.lines):
        say(line)
        silent = False
    if silent and arguments.lines:
        sys.stderr.write("nothing was said; `stackgen status` tells what runs\n")
    return 0
