"""Comments in a definition that leave findings out: they hold for what is generated from the part that they stand in.

A comment in an alert, an objective, a signal or a dashboard, or right above it, holds for the rules or the dashboard
that follow from it, whose files nobody edits; `ignore-file[...]` for all that is generated from the definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stackgen import conventions
from stackgen.checks.boards import Board
from stackgen.checks.rule_files import Rule
from stackgen.checks.suppressions import Area, Suppression, comments, rule_lines, spans, suppression
from stackgen.checks.texts import SourceText
from stackgen.definition.model import Definition
from stackgen.definition.tree import parse


class _Part(NamedTuple):
    """A part of a definition, with its first and last line; section and key are empty for the whole."""

    lines: tuple[int, int]
    section: str
    key: str


def in_definition(
    definition: Definition, source: SourceText, rules: Sequence[Rule], boards: Sequence[Board]
) -> Iterator[Suppression]:
    """The suppressions in a definition's comments; `rules` and `boards` are all that are looked at."""
    parts: list[_Part] | None = None
    for found, place in comments(source):
        parts = _parts(source) if parts is None else parts
        part = next((each for each in parts if each.lines[0] <= place.line <= each.lines[1]), None)
        if found["file"]:
            part = _Part((1, source.lines), "", "")
        if part is None:
            yield suppression(found, place, (Area(source.file, place.line, place.line + 1),))
            continue
        generated = (*_of_rules(definition, rules, part), *_of_boards(definition, boards, part))
        each = suppression(found, place, (Area(source.file, *part.lines), *generated))
        each.elsewhere = not generated
        yield each


def _parts(source: SourceText) -> list[_Part]:
    """The entries of all sections of a definition, in the order of their lines."""
    root, _ = parse(source.text, source.file)
    starts: dict[int, tuple[str, str]] = {}
    for section, place in root.keys.items() if root is not None else ():
        starts[place.line] = (section, "")
        inner = root.child(section) if root is not None else None
        starts |= {at.line: (section, key) for key, at in (inner.keys.items() if inner is not None else ())}
    lines = sorted(starts)
    parts = zip(spans(source, lines), lines, strict=True)
    return [_Part(span, *starts[line]) for span, line in parts if starts[line][1]]


def _of_rules(definition: Definition, rules: Sequence[Rule], part: _Part) -> Iterator[Area]:
    """Where the rules stand that follow from a part of a definition; all, if no part is named."""
    files = {conventions.rules_file(definition), conventions.slo_rules_file(definition)}
    files |= {conventions.heartbeat_rules_file(definition), conventions.shown_rules_file(definition)}
    by_file: dict[SourceText, list[Rule]] = {}
    for rule in rules:
        if Path(rule.file.source.file).name in files:
            by_file.setdefault(rule.file.source, []).append(rule)
    for source, members in by_file.items():
        if not part.section:
            yield Area(source.file, 1, source.lines)
            continue
        for rule, lines in zip(members, rule_lines(source, members), strict=True):
            if _follows(definition, rule, part):
                yield Area(source.file, *lines)


def _follows(definition: Definition, rule: Rule, part: _Part) -> bool:
    match part.section:
        case "alerts":
            return rule.alert == part.key
        case "slos":
            return rule.group in conventions.slo_group_names(definition, part.key)
        case "signals":
            return rule.record.split(":")[1:2] == [f"{definition.name}_{part.key}"]
    return False


def _of_boards(definition: Definition, boards: Sequence[Board], part: _Part) -> Iterator[Area]:
    keys = [part.key] if part.section == "dashboards" else [] if part.section else list(definition.dashboards)
    wanted = {conventions.dashboard_uid(definition, key) for key in keys}
    for board in boards:
        if board.uid in wanted:
            yield Area(board.source.file, 1, board.source.lines)
