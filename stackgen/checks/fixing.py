"""Puts right what can be put right for certain."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stackgen.findings import Edit, Finding, StackgenError
from stackgen.output import MANIFEST
from stackgen.output.manifest import read_manifest


def fixed_texts(findings: Iterable[Finding], sources: Mapping[str, str]) -> dict[str, str]:
    """The new texts of the files that edits change; of edits that overlap the first is made."""
    by_file: dict[str, set[Edit]] = {}
    for finding in findings:
        for edit in finding.edits:
            by_file.setdefault(edit.file, set()).add(edit)
    return {file: _edited(sources[file], edits) for file, edits in by_file.items()}


def _edited(text: str, edits: Iterable[Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start >= at:
            parts += [text[at : edit.start], edit.text]
            at = edit.end
    return "".join([*parts, text[at:]])


def without_edits_of_generated(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, of which those in generated files have no edits: such files change with their definition."""
    generated: dict[str, bool] = {}
    kept = []
    for finding in findings:
        file = finding.place.file
        if finding.edits and file not in generated:
            generated[file] = _is_generated(Path(file))
        kept.append(replace(finding, edits=()) if finding.edits and generated[file] else finding)
    return kept


def _is_generated(file: Path) -> bool:
    """Whether a manifest in the file's folder, or above it, lists it."""
    absolute = file.absolute()
    for folder in list(absolute.parents)[:4]:
        if (folder / MANIFEST).is_file():
            return absolute.relative_to(folder).as_posix() in read_manifest(folder / MANIFEST)
    return False


def write_texts(texts: Mapping[str, str]) -> None:
    """Replace files, each at once; raises StackgenError where one cannot be written."""
    for name, text in texts.items():
        file = Path(name)
        try:
            with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8", newline="") as spare:
                spare.write(text)
            os.chmod(spare.name, file.stat().st_mode)  # noqa: PTH101 - a name, not a path
            Path(spare.name).replace(file)
        except OSError as error:
            raise StackgenError(f"{name}: cannot be written: {error.strerror}; check its permissions") from error
