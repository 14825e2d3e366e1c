"""Comments that leave a finding out: `# stackgen: ignore[promql/short-range] why that is right here until 2027-01-31`.

A comment in a rule, or right above it, holds for the rule; any other for its own line and the next.
`ignore-file[...]` holds for the file. A comment in a definition holds for what is generated from it too, see
`definition_suppressions`. In a dashboard, which has no comments, the words stand in any text (in the description of a
panel for example) and hold for the panel that the text is in, else for the dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from stackgen.checks.boards import Board
from stackgen.checks.rule_files import Rule
from stackgen.checks.texts import SourceText
from stackgen.findings import Finding, Place

_WORDS = re.compile(r"stackgen:\s*ignore(?P<file>-file)?\s*\[(?P<ids>[^\]\n]*)\](?P<rest>[^\n\"]*)")
_UNTIL = re.compile(r"\s*\buntil\s+(\S+?)[\s.]*$")
#: Letters of the shortest reason that says something.
SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Area:
    """Lines of a file, both ends included."""

    file: str
    first: int
    last: int

    def has(self, place: Place) -> bool:
        """Whether a place is in it."""
        return place.file == self.file and self.first <= place.line <= self.last


@dataclass(slots=True, eq=False)
class Suppression:
    """One comment. `until` is the last day on which it holds; None: for good."""

    place: Place
    ids: tuple[str, ...]
    reason: str
    until: date | None
    #: A date that is none, as it was written.
    bad_date: str
    #: What it holds for.
    areas: tuple[Area, ...]
    #: Whether it holds for files too that are not looked at.
    elsewhere: bool = False
    #: The ids that left something out.
    used: set[str] = field(default_factory=set)

    @property
    def sound(self) -> bool:
        """Whether it says why; only such a comment is heeded."""
        return len(self.reason) >= SHORTEST_REASON and not self.bad_date

    def expired(self, today: date) -> bool:
        """Whether its day is over."""
        return self.until is not None and today > self.until

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        return finding.id in self.ids and any(area.has(finding.place) for area in self.areas)


def in_yaml(source: SourceText, rules: Sequence[Rule]) -> Iterator[Suppression]:
    """The suppressions in the comments of a YAML file."""
    spans = None
    for found, place in comments(source):
        spans = rule_lines(source, rules) if spans is None else spans
        inside = next((span for span in spans if span[0] <= place.line <= span[1]), (place.line, place.line + 1))
        yield suppression(found, place, (Area(source.file, *((1, source.lines) if found["file"] else inside)),))


def comments(source: SourceText) -> Iterator[tuple[re.Match[str], Place]]:
    """The words of suppressions in comments of YAML, and their places."""
    for found in _WORDS.finditer(source.text) if "stackgen:" in source.text else ():
        place = source.place(found.start())
        if "#" in source.line(place.line)[: place.column - 1]:
            yield found, place


def in_board(board: Board) -> Iterator[Suppression]:
    """The suppressions in the texts of a dashboard."""
    source = board.source
    if "stackgen:" not in source.text:
        return
    for found in _WORDS.finditer(source.text):
        lines = (1, source.lines)
        if not found["file"]:
            for panel in board.panels:
                start, end = board.places.span(panel.path)
                if start <= found.start() < end:  # the last one is the innermost: rows come before their panels
                    lines = (source.place(start).line, source.place(end - 1).line)
        yield suppression(found, source.place(found.start()), (Area(source.file, *lines),))


def suppression(found: re.Match[str], place: Place, areas: tuple[Area, ...]) -> Suppression:
    """What some words say."""
    rest = re.split(r"-->|\\n", found["rest"])[0].strip()
    until, bad_date = None, ""
    if dated := _UNTIL.search(rest):
        rest = rest[: dated.start()]
        try:
            until = date.fromisoformat(dated[1])
        except ValueError:
            bad_date = dated[1]
    ids = tuple(each.strip() for each in found["ids"].split(",") if each.strip())
    return Suppression(place, ids, rest.strip(" :-,"), until, bad_date, areas)


def rule_lines(source: SourceText, rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """First and last line of each rule, with the comments right above it."""
    return spans(source, [rule.line for rule in rules])


def spans(source: SourceText, lines: Iterable[int]) -> list[tuple[int, int]]:
    """First and last line of parts that begin on lines, with the comments right above them."""
    starts = []
    for line in lines:
        start = line
        while start > 1 and source.line(start - 1).lstrip().startswith("#"):
            start -= 1
        starts.append(start)
    ends = [following - 1 for following in starts[1:]]
    return list(zip(starts, [*ends, source.lines], strict=True)) if starts else []


def heed(
    findings: Sequence[Finding], suppressions: Sequence[Suppression], today: date, known: Collection[str]
) -> list[Finding]:
    """The findings that no comment leaves out; marks the comments that were of use."""
    by_file: dict[str, list[Suppression]] = {}
    for each in suppressions:
        if each.sound and not each.expired(today) and all(id_ in known for id_ in each.ids):
            for file in {area.file for area in each.areas}:
                by_file.setdefault(file, []).append(each)
    left = []
    for finding in findings:
        covering = [each for each in by_file.get(finding.place.file, ()) if each.covers(finding)]
        for each in covering:
            each.used.add(finding.id)
        if not covering:
            left.append(finding)
    return left
