"""The record of what stackgen wrote in a folder, kept beside the files and committed with them.

It is how a later run, on another machine, tells a file that it may replace from one that somebody wrote or edited.
Its name does not end in `.json`: Grafana provisions every such file of a folder of dashboards. Each file is one line,
so that two branches that generate different files merge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stackgen.findings import StackgenError

#: The file's name, in each folder that stackgen writes to.
MANIFEST = ".stackgen-manifest"

_VERSION = 1
_ABOUT = "What stackgen wrote here; `stackgen generate` keeps it. Commit it, do not edit it."


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that stackgen wrote.

    `definition` is what it was made from; `roots` are the definitions that a user named and that brought it in (a
    definition that includes `redis` brings in files made from `redis`). A file is removed with its last root.
    """

    sha256: str
    kind: str
    definition: str
    roots: tuple[str, ...]


def is_inside(path: str) -> bool:
    """Whether a relative path with `/` names something below its folder, and in one way only."""
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts and str(pure) == path


def read_manifest(file: Path) -> dict[str, Entry]:
    """Read the entries of a manifest by path; none where there is no such file.

    Raises StackgenError for one that cannot be read: what it owns is then unknown, and guessing could cost a file.
    """
    try:
        document = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise _corrupt(file, f"it is not JSON ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("files"), dict):
        raise _corrupt(file, "it has no table of files")
    if document.get("manifest") != _VERSION:
        raise _corrupt(file, f"it is not of version {_VERSION}, the one that this stackgen writes")
    return {path: _entry(file, path, value) for path, value in document["files"].items()}


def manifest_text(entries: Mapping[str, Entry]) -> str:
    """Render a manifest: sorted, one line for each file."""
    lines = [
        f"    {json.dumps(path, ensure_ascii=False)}: {json.dumps(_document(entry), ensure_ascii=False)}"
        for path, entry in sorted(entries.items())
    ]
    files = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "manifest": {_VERSION},\n  "about": {json.dumps(_ABOUT)},\n  "files": {files}\n}}\n'


def _document(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "definition": entry.definition,
        "roots": list(entry.roots),
        "sha256": entry.sha256,
    }


def _entry(file: Path, path: str, value: object) -> Entry:
    if not is_inside(path):
        raise _corrupt(file, f"it names {path!r}, which is outside its folder")
    match value:
        case {"kind": str(kind), "definition": str(definition), "roots": [*roots], "sha256": str(sha256)}:
            if roots and all(isinstance(root, str) for root in roots):
                return Entry(sha256=sha256, kind=kind, definition=definition, roots=tuple(sorted(roots)))
    raise _corrupt(file, f"its entry for {path!r} is incomplete")


def _corrupt(file: Path, why: str) -> StackgenError:
    return StackgenError(
        f"{file}: the record of generated files cannot be used: {why}; restore it from version control, or delete it "
        "and generate again: files that are as they should be are taken over, the others are listed"
    )
