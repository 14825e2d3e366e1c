"""What tells one finding from another when lines move: not the line, but what it is about."""

from __future__ import annotations

import hashlib
from collections import Counter

from stackgen.checks.running import Report


def fingerprints(report: Report) -> list[str]:
    """A mark for each finding, in their order; equal ones are counted, so that each is its own."""
    seen: Counter[tuple[str, ...]] = Counter()
    marks = []
    for each in report.findings:
        key = (each.id, each.place.file, each.path, each.problem)
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        marks.append(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
    return marks
