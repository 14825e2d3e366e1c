"""For GitHub Actions: workflow commands, shown beside the lines of a pull request."""

from __future__ import annotations

from stackgen.checks.reports.text import summary
from stackgen.checks.running import Report
from stackgen.findings import Finding, Level

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def github(report: Report) -> str:
    """One `::error file=...::` command for each finding, and the sum for whoever reads the log."""
    return "\n".join([*map(_command, report.findings), summary(report)])


def _command(finding: Finding) -> str:
    place = finding.place
    properties = f"file={_property(place.file)},line={place.line},col={place.column},title={_property(finding.id)}"
    message = f"{finding.problem}; {finding.cure}" if finding.cure else finding.problem
    if finding.path:
        message = f"{finding.path}: {message}"
    return f"::{_COMMANDS[finding.level]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
