"""Finds the generated runbook pages."""

from __future__ import annotations

import re
from pathlib import Path

#: Names of definitions and alerts; nothing that could lead out of the folder.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


def runbook_text(folder: Path | None, definition: str, alert: str) -> str | None:
    """The Markdown of an alert's page; None if there is none."""
    if folder is None or not _NAME.fullmatch(definition) or not _NAME.fullmatch(alert):
        return None
    file = folder / definition / f"{alert}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def runbook_names(folder: Path | None) -> tuple[tuple[str, str], ...]:
    """All pages, as pairs of definition and alert."""
    if folder is None:
        return ()
    return tuple((file.parent.name, file.stem) for file in sorted(folder.glob("*/*.md")))
