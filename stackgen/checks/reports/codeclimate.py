"""For GitLab's code quality widget: Code Climate's issues."""

from __future__ import annotations

import json

from stackgen.checks.reports.fingerprint import fingerprints
from stackgen.checks.running import Report
from stackgen.findings import Level

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.INFO: "info"}


def codeclimate(report: Report) -> str:
    """A list of issues."""
    issues = [
        {
            "type": "issue",
            "check_name": each.id,
            "description": f"{each.problem}; {each.cure}" if each.cure else each.problem,
            "categories": ["Bug Risk"],
            "severity": _SEVERITIES[each.level],
            "fingerprint": mark,
            "location": {"path": each.place.file, "lines": {"begin": each.place.line}},
        }
        for each, mark in zip(report.findings, fingerprints(report), strict=True)
    ]
    return json.dumps(issues, indent=2)
