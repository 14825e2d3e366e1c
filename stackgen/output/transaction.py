"""Makes a plan come true, all of it or nothing.

Everything new is first written beside its target (so that the last step is a rename on one filesystem, and a full disk
shows before anything has changed), then each file is put in place by a rename. What is replaced or removed keeps a
second name until all is done; a failure at any point puts it back.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.output.plan import Change, Plan

_SPARE = "stackgen-tmp"


def apply(plan: Plan, *, force: bool = False) -> None:
    """Write, replace and remove what the plan says; `force` lets it touch files that are not stackgen's.

    Raises StackgenError, with every file as it was before, where there are conflicts and no `force`, and where
    something cannot be written (no space, no permission, ...). An interruption puts everything back too.
    """
    if plan.conflicts and not force:
        listed = "\n".join(map(str, plan.conflicts))
        raise StackgenError(f"{listed}\nnothing was written; move these files away, or let --force replace them")
    spares: list[Path] = []
    try:
        with ExitStack() as undo:
            _make(plan, undo, spares)
            undo.pop_all()
    except OSError as error:
        raise StackgenError(
            f"{error.filename}: could not be put back after a failed write: {error.strerror}; "
            f"what was there is beside it, in a file whose name ends in .{_SPARE}"
        ) from error
    _drop(spares)
    for change in plan.changes:
        if change.after is None:
            _prune(change.path.parent, change.folder)


def _make(plan: Plan, undo: ExitStack, spares: list[Path]) -> None:
    current = Path()
    try:
        staged = []
        for change in plan.changes:
            current = change.path
            staged.append((change, _stage(change, undo)))
        for change, fresh in staged:
            current = change.path
            _put_in_place(change, fresh, undo, spares)
    except OSError as error:
        raise StackgenError(
            f"{current}: cannot be written: {error.strerror}; nothing was changed, mend that and generate again"
        ) from error


def _stage(change: Change, undo: ExitStack) -> Path | None:
    """Write the new content to a file of its own beside the target; give None where the target is to go."""
    if change.after is None:
        return None
    _make_folders(change.path.parent, undo)
    fresh = _sibling(change.path)
    undo.callback(fresh.unlink, missing_ok=True)
    # Made by open(), not by tempfile: the mode then follows the umask, as that of any other file of the project.
    with fresh.open("xb") as file:
        file.write(change.after)
    if change.before is not None and not change.path.is_symlink():
        shutil.copymode(change.path, fresh)
    return fresh


def _put_in_place(change: Change, fresh: Path | None, undo: ExitStack, spares: list[Path]) -> None:
    """Rename; how to undo is noted before each step, so that an interruption between the two finds it."""
    if fresh is not None and change.before is None and not change.path.is_symlink():
        undo.callback(_take_back, change.path, fresh)
        fresh.replace(change.path)
        return
    spare = _sibling(change.path)
    undo.callback(_restore, change.path, spare)
    spares.append(spare)
    if fresh is None:
        change.path.rename(spare)
    else:
        _duplicate(change.path, spare)
        fresh.replace(change.path)


def _take_back(path: Path, fresh: Path) -> None:
    if not fresh.exists():  # it was renamed, so what is at `path` is ours
        path.unlink(missing_ok=True)


def _restore(path: Path, spare: Path) -> None:
    if os.path.lexists(spare):
        spare.replace(path)
        spare.unlink(missing_ok=True)  # still there where both names were one file: rename then does nothing


def _duplicate(path: Path, spare: Path) -> None:
    """Give a file a second name, or make a copy of it where the filesystem has no hard links."""
    try:
        os.link(path, spare, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, spare, follow_symlinks=False)


def _drop(spares: list[Path]) -> None:
    for spare in spares:
        # By now the new state stands; a second name that cannot be removed must not make the run a failure.
        with suppress(OSError):
            spare.unlink(missing_ok=True)


def _make_folders(folder: Path, undo: ExitStack) -> None:
    for place in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        place.mkdir(exist_ok=True)
        undo.callback(_remove_if_empty, place)


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _prune(folder: Path, top: Path) -> None:
    """Remove folders below `top` that have become empty, as git does."""
    while folder != top and _remove_if_empty(folder):
        folder = folder.parent


def _sibling(path: Path) -> Path:
    """Make up a free name in the same folder; nobody takes a file with its ending for a generated one."""
    return path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.{_SPARE}")
