"""For code scanning (GitHub, Azure DevOps, editors): SARIF 2.1.0."""

from __future__ import annotations

import json
from importlib.metadata import version
from urllib.parse import quote

from stackgen.checks.catalog import checks
from stackgen.checks.check import Meta
from stackgen.checks.explaining import explanation
from stackgen.checks.reports.fingerprint import fingerprints
from stackgen.checks.running import Report
from stackgen.findings import Finding, Level

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def sarif(report: Report) -> str:
    """A log of one run, with the checks as rules."""
    used = sorted({each.id for each in report.findings})
    marks = fingerprints(report)
    results = [_result(each, used.index(each.id), mark) for each, mark in zip(report.findings, marks, strict=True)]
    driver = {
        "name": "stackgen",
        "semanticVersion": version("stackgen"),
        "rules": [_rule(checks()[id_].meta) for id_ in used],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _rule(meta: Meta) -> dict[str, object]:
    return {
        "id": meta.id,
        "shortDescription": {"text": meta.title},
        "fullDescription": {"text": meta.why},
        "help": {"text": meta.why, "markdown": explanation(meta)},
        "defaultConfiguration": {"level": _LEVELS[meta.level]},
    }


def _result(finding: Finding, index: int, mark: str) -> dict[str, object]:
    message = f"{finding.problem}; {finding.cure}" if finding.cure else finding.problem
    region = {"startLine": finding.place.line, "startColumn": finding.place.column}
    location = {"artifactLocation": {"uri": quote(finding.place.file)}, "region": region}
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.path}: {message}" if finding.path else message},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"stackgen/v1": mark},
    }
