"""For people: one line for each finding, and a line that sums up."""

from __future__ import annotations

from collections import Counter

from stackgen.checks.running import Report
from stackgen.findings import Finding, Level


def text(report: Report) -> str:
    """`file:line:column: level: path: problem; cure [check]`."""
    lines = [line(each) for each in report.findings]
    return "\n".join([*lines, summary(report)])


def line(finding: Finding) -> str:
    """One finding."""
    where, _, rest = str(finding).partition(f"{finding.place}: ")
    return f"{where}{finding.place}: {finding.level}: {rest} [{finding.id}]"


def summary(report: Report) -> str:
    """How much was looked at, how much of it is nothing that is checked, and how much was found."""
    words = {word: _counted(count, word) for word, count in report.counted.items()}
    if report.unrecognised:
        words["file"] += f" ({report.unrecognised:,} not recognised)"
    looked = ", ".join(words.values())
    counts = Counter(each.level for each in report.findings)
    if not counts:
        return f"{looked}: nothing found"
    found = ", ".join(_counted(counts[level], _WORDS[level]) for level in Level if counts[level])
    fixable = sum(1 for each in report.findings if each.edits)
    return f"{looked}: {found}" + (f"; --fix puts {fixable} of them right" if fixable else "")


_WORDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "hint"}


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 or word.endswith('s') else 's'}"
