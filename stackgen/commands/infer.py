"""`stackgen infer`: a definition of what is exposed already."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.commands.progress import Progress
from stackgen.definition.quantities import duration
from stackgen.findings import StackgenError
from stackgen.inference.inferring import Inferred, Wishes, infer
from stackgen.scrape.fetching import Access, access
from stackgen.scrape.targets import Reading, Target, read, resolve


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Write the definition, to a file or the standard output; raises StackgenError where that cannot be."""
    out = Path(arguments.out) if arguments.out is not None else None
    if out is not None and out.exists() and not arguments.force:
        raise StackgenError(f"{out}: is there already and is left alone; name another file, or replace it with --force")
    by = access(arguments.header, arguments.bearer_token_file, arguments.ca_file, arguments.timeout)
    (target,) = resolve([arguments.source], by, arguments.job)
    wishes = Wishes(
        name=arguments.name,
        title=arguments.title,
        job=arguments.job,
        keep=tuple(arguments.keep),
        drop=tuple(arguments.drop),
    )
    found = _infer(target, by, wishes, arguments.window)
    if out is None:
        say(found.text.rstrip("\n"))
        return 0
    _write(out, found.text)
    counts = f"{found.metrics} metrics, {found.signals} signals, {found.alerts} alerts, {found.dashboards} dashboards"
    say(f"wrote {out}: {counts}; next:")
    say(f"  read it, set the thresholds, and see what it makes: stackgen generate {out}")
    return 0


def _infer(target: Target, by: Access, wishes: Wishes, window: str | None) -> Inferred:
    seconds = window_seconds(window, target)
    first = read(target, by)
    if seconds is None:
        return infer(first, wishes)
    return infer(first, wishes, later(first, by, seconds))


def window_seconds(window: str | None, target: Target) -> float | None:
    """The length of a window; raises StackgenError for one that is none, and for a file, which does not move."""
    if window is None:
        return None
    seconds = duration(window)
    if seconds is None or not 0 < seconds <= 86400:
        raise StackgenError(f"--window {window}: is no time to wait; write 30s or 5m, a day at most")
    if not target.scraped:
        raise StackgenError(f"{target.reference}: a file does not move; leave --window out, or name an address")
    return seconds


def later(first: Reading, by: Access, seconds: float) -> Reading:
    """The same place after the window."""
    with Progress(sys.stderr) as progress:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            progress("seeing what moves, second", round(seconds - left), round(seconds))
            time.sleep(min(left, 0.5))
    return read(first.target, by)


def _write(out: Path, text: str) -> None:
    """Put the whole text in place at once."""
    spare: str | None = None
    try:
        with tempfile.NamedTemporaryFile("w", dir=out.parent, delete=False, encoding="utf-8", newline="") as file:
            spare = file.name
            file.write(text)
        Path(spare).chmod(0o666 & ~_umask())
        Path(spare).replace(out)
    except OSError as error:
        if spare is not None:
            Path(spare).unlink(missing_ok=True)
        raise StackgenError(f"{out}: cannot be written: {error.strerror}; name another file with --out") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
