"""For scripts: everything that is known, as JSON."""

from __future__ import annotations

import json

from stackgen.checks.catalog import checks
from stackgen.checks.running import Report


def json_report(report: Report) -> str:
    """An object with the findings and the counts; keys are stable, more may come."""
    findings = []
    for each in report.findings:
        meta = checks()[each.id].meta
        findings.append(
            {
                "id": each.id,
                "level": str(each.level),
                "file": each.place.file,
                "line": each.place.line,
                "column": each.place.column,
                "path": each.path,
                "problem": each.problem,
                "why": meta.why,
                "cure": each.cure,
                "docs": meta.page,
                "fixable": bool(each.edits),
            }
        )
    looked = {word if word.endswith("s") else f"{word}s": count for word, count in report.counted.items()}
    if report.unrecognised:
        looked["files_not_recognised"] = report.unrecognised
    return json.dumps({"findings": findings, "checked": looked}, indent=2)
