"""What has to change for folders to hold exactly what was generated, and what stands in the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stackgen.findings import StackgenError
from stackgen.output.manifest import MANIFEST, Entry, is_inside, manifest_text, read_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that should be there: its text, what it was made from, and which definitions bring it in."""

    text: str
    kind: str
    definition: str
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder and what a run wants in it.

    `answers_for` holds the (kind, root) pairs that the run has generated in full: a file recorded for one of them that
    is not wanted any more is superfluous. A root of None stands for all roots. Everything else in the folder stays.
    """

    path: Path
    wanted: Mapping[str, Wanted]
    answers_for: frozenset[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Change:
    """One file to create (`before` is None), replace, or remove (`after` is None)."""

    path: Path
    #: The generated folder that the file is in; it stays when it becomes empty, folders below it do not.
    folder: Path
    before: bytes | None
    after: bytes | None
    #: Whether it is a manifest: bookkeeping, not counted among what was written.
    record: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that has to change and is not stackgen's to change."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that has to change, in a fixed order, and how many files are right as they are."""

    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: int = 0

    @property
    def written(self) -> int:
        """How many generated files are created or replaced."""
        return sum(1 for change in self.changes if change.after is not None and not change.record)

    @property
    def removed(self) -> int:
        """How many files are removed because nothing generates them any more."""
        return sum(1 for change in self.changes if change.after is None and not change.record)


@dataclass(slots=True)
class _Draft:
    """The plan of one folder while it is being made."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unchanged: int = 0


def plan_changes(folders: Sequence[Folder]) -> Plan:
    """Compare folders with what is wanted in them; reads, and changes nothing.

    Raises StackgenError for a manifest that cannot be used, for a folder that is a file, for a place that cannot be
    read, and where a directory or a link to one stands in a file's way: nobody can be asked to `--force` that.
    """
    draft = _Draft()
    try:
        for folder in sorted(folders, key=lambda f: str(f.path)):
            _plan_folder(folder, draft)
    except OSError as error:
        raise StackgenError(
            f"{error.filename}: cannot be read: {error.strerror}; mend that and generate again"
        ) from error
    return Plan(tuple(draft.changes), tuple(draft.conflicts), draft.unchanged)


def _plan_folder(folder: Folder, draft: _Draft) -> None:
    if folder.path.exists() and not folder.path.is_dir():
        raise StackgenError(f"{folder.path}: is a file where a folder has to be; move it, or choose another with --out")
    recorded = read_manifest(folder.path / MANIFEST)
    entries = dict(recorded)
    for path, wanted in sorted(folder.wanted.items()):
        if not is_inside(path) or path == MANIFEST:
            raise StackgenError(
                f"{folder.path / path}: not a file that can be generated; change the name in the definition"
            )
        entry = recorded.get(path)
        entries[path] = _plan_wanted(folder, path, wanted, entry, draft)
    for path, entry in sorted(_superfluous(folder, recorded)):
        kept = _kept_roots(folder, entry)
        if kept:
            entries[path] = Entry(entry.sha256, entry.kind, entry.definition, kept)
            continue
        del entries[path]
        _plan_removal(folder.path, path, entry, draft)
    _plan_manifest(folder, recorded, entries, draft)


def _plan_wanted(folder: Folder, path: str, wanted: Wanted, entry: Entry | None, draft: _Draft) -> Entry:
    target = folder.path / path
    content = wanted.text.encode()
    before = _content(folder.path, path)
    if before == content and not target.is_symlink():
        draft.unchanged += 1
    else:
        draft.changes.append(Change(target, folder.path, before, content))
        reason = _objection(target, before, wanted, entry)
        if reason:
            draft.conflicts.append(Conflict(target, reason))
    roots = set(wanted.roots) | set(_kept_roots(folder, entry) if entry else ())
    return Entry(_digest(content), wanted.kind, wanted.definition, tuple(sorted(roots)))


def _objection(target: Path, before: bytes | None, wanted: Wanted, entry: Entry | None) -> str:
    """Why a file may not be replaced; empty where it may."""
    if target.is_symlink():
        return "is a link, which stackgen never makes"
    if before is None:
        return ""
    if entry is None:
        return "was not written by stackgen"
    if _digest(before) != entry.sha256:
        return "was edited since stackgen wrote it"
    if entry.definition != wanted.definition and not _takes_over(entry, wanted):
        return f"was generated from the definition '{entry.definition}', and '{wanted.definition}' makes it too"
    return ""


def _takes_over(entry: Entry, wanted: Wanted) -> bool:
    """Whether one definition may follow another: a folder has one stack, that of whichever was generated last."""
    return entry.kind == wanted.kind == "compose"


def _superfluous(folder: Folder, recorded: Mapping[str, Entry]) -> Iterator[tuple[str, Entry]]:
    for path, entry in recorded.items():
        if path not in folder.wanted and len(_kept_roots(folder, entry)) < len(entry.roots):
            yield path, entry


def _kept_roots(folder: Folder, entry: Entry) -> tuple[str, ...]:
    """Name the roots of a recorded file that the run says nothing about."""
    if (entry.kind, None) in folder.answers_for:
        return ()
    return tuple(root for root in entry.roots if (entry.kind, root) not in folder.answers_for)


def _plan_removal(folder: Path, path: str, entry: Entry, draft: _Draft) -> None:
    target = folder / path
    before = _content(folder, path)
    if target.is_symlink():
        draft.conflicts.append(Conflict(target, "is superfluous, and a link, which stackgen never makes"))
    elif before is None:
        return
    elif _digest(before) != entry.sha256:
        draft.conflicts.append(Conflict(target, "is superfluous, and was edited since stackgen wrote it"))
    draft.changes.append(Change(target, folder, before or b"", None))


def _plan_manifest(folder: Folder, recorded: Mapping[str, Entry], entries: Mapping[str, Entry], draft: _Draft) -> None:
    target = folder.path / MANIFEST
    before = target.read_bytes() if target.exists() else None
    after = manifest_text(entries).encode() if entries else None
    if entries != recorded and before != after:
        draft.changes.append(Change(target, folder.path, before, after, record=True))


def _content(folder: Path, path: str) -> bytes | None:
    """Read what a file holds; None where there is none."""
    target = folder / path
    for parent in PurePosixPath(path).parents:
        place = folder / parent
        if parent.parts and (place.is_symlink() or (place.exists() and not place.is_dir())):
            raise StackgenError(
                f"{place}: is a link or a file where a folder has to be for {target.name}; move it away"
            )
    if target.is_dir():
        raise StackgenError(f"{target}: is a directory where a file has to be written; move it away")
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
