"""For everything that reads test results: JUnit's XML, a test for each file, a failure for each finding."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from stackgen.checks.running import Report
from stackgen.findings import Finding, Level

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """A suite for each file, with hints as passed tests, because they fail nothing."""
    by_file: dict[str, list[Finding]] = {name: [] for name in report.sources}
    for each in report.findings:
        by_file.setdefault(each.place.file, []).append(each)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="stackgen check">']
    for name, findings in by_file.items():
        failing = [each for each in findings if each.level is not Level.INFO]
        tests = max(len(findings), 1)
        lines.append(f'  <testsuite name={_attribute(name)} tests="{tests}" failures="{len(failing)}">')
        lines += [_case(name, each) for each in findings]
        if not findings:
            lines.append(f'    <testcase classname={_attribute(name)} name="stackgen check"/>')
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"])


def _case(name: str, finding: Finding) -> str:
    title = _attribute(f"{finding.id} at {finding.place.line}:{finding.place.column}")
    text = escape(_clean(str(finding)))
    if finding.level is Level.INFO:
        inside = f"<system-out>{text}</system-out>"
    else:
        inside = (
            f"<failure type={_attribute(str(finding.level))} message={_attribute(finding.problem)}>{text}</failure>"
        )
    return f"    <testcase classname={_attribute(name)} name={title}>{inside}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
