"""What the generated files of a folder say that they were made from, for a project that does not say it itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from stackgen.output.manifest import MANIFEST, Entry, read_manifest

#: The folders of generated files but for exporters', that of the stack first: its definition comes first of all.
_FOLDERS = ("compose", "alerts", "dashboards")
#: As the first lines of generated texts have it.
_MADE_FROM = re.compile(rb"Made by stackgen from (.+?); change")
_LENGTH_OF_HEAD = 4096


def origins(root: Path, exporters: str) -> dict[str, str | None]:
    """The definitions that were generated, by name, the stack's first: a pack or a file that is there, else None.

    `exporters` is the folder of exporters. Raises StackgenError for a manifest that cannot be used.
    """
    found: dict[str, str | None] = {}
    for folder in (*_FOLDERS, exporters):
        entries = read_manifest(root / folder / MANIFEST)
        for name in sorted({name for entry in entries.values() for name in entry.roots}):
            found[name] = found.get(name) or _source(root, _made_from(root / folder, entries, name))
    return found


def _made_from(folder: Path, entries: dict[str, Entry], name: str) -> Iterator[Path]:
    """The files in a folder that were made from a definition itself, not from what it includes."""
    return (folder / path for path, entry in sorted(entries.items()) if entry.definition == name)


def _source(root: Path, files: Iterable[Path]) -> str | None:
    named = chain.from_iterable(_MADE_FROM.findall(_head(file)) for file in files)
    source = next((each.decode("utf-8", "replace") for each in named), None)
    is_file = source is not None and Path(source).suffix in {".yaml", ".yml"}
    return None if source is None or (is_file and not (root / source).is_file()) else source


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LENGTH_OF_HEAD)
    except OSError:
        return b""
