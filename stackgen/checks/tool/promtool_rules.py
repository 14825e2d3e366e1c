"""What `promtool check rules` says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reference_tools import ReferenceTools, ask_tool
from stackgen.checks.rule_files import Rule, RuleFile
from stackgen.checks.templates import FUNCTIONS, VARIABLES, texts
from stackgen.findings import Finding, Level, Place
from stackgen.stack.binaries import PROMETHEUS_VERSION, older_than_stack

META = Meta(
    id="tool/promtool-rules",
    level=Level.ERROR,
    title="promtool refuses the rules",
    why="It is Prometheus's own reader: what it refuses, Prometheus does not load.",
    on=ReferenceTools,
)
#: `8:11: group "cache", rule 1, "X": could not parse expression: ...`, with or without a place.
_PROBLEM = re.compile(
    r"(?:(?P<line>\d+):(?P<column>\d+): )?(?:group \"(?P<group>[^\"]*)\", rule (?P<rule>\d+), .*?: )?(?P<text>.+)"
)
_YAML_LINE = re.compile(r"(?:yaml: )?line (\d+): ")
_UNKNOWN_KEY = re.compile(r"(?:line \d+: )?field \w+ not found in type rulefmt\.")
_NOT_PARSED = "could not parse expression"
_QUOTED = re.compile(r'"([^"]*)"')
#: How many files promtool is shown at once.
_AT_ONCE = 200


def check(tools: ReferenceTools, _context: Context) -> Iterator[Finding]:
    """Each file's problems but those that other checks tell better, at the place that promtool names."""
    if tools.promtool is None:
        return
    older = older_than_stack(tools.promtool)
    for files in _batches(tools.rule_files):
        by_name = {file.source.file: file for file in files}
        code, said = ask_tool(tools.promtool, "check", "rules", "--lint=none", files=[file.source for file in files])
        if code == 0:
            continue
        told: set[tuple[str, str]] = set()
        for name, text in _problems(said, by_name):
            if (name, text) not in told and (found := _finding(by_name[name], text, older)) is not None:
                told.add((name, text))
                yield found


def _problems(said: str, files: dict[str, RuleFile]) -> Iterator[tuple[str, str]]:
    """The files and problems in what promtool said; a line without a file belongs to the file before it."""
    current = ""
    for line in said.splitlines():
        name = next((file for file in files if line.startswith(f"{file}: ")), None)
        if name is not None:
            current = name
            yield name, line.removeprefix(f"{name}: ").strip()
        elif current and line.startswith("  ") and "FAILED" not in line:
            yield current, line.strip()


def _finding(file: RuleFile, text: str, older: str) -> Finding | None:
    if text == "yaml: unmarshal errors:":
        return None  # a heading
    found = _PROBLEM.match(text)
    assert found is not None  # it takes any text
    place = Place(file.source.file, int(found["line"]), int(found["column"])) if found["line"] else None
    if (at := _YAML_LINE.match(found["text"])) is not None:
        place = Place(file.source.file, int(at[1]))
    rule = _rule(file, found["group"], found["rule"])
    if (place is None and _told_by_file(file, found["text"])) or (rule is not None and _told(rule)):
        return None
    place = place or (rule.node.place if rule else Place(file.source.file))
    if any(each.place.line == place.line for each in file.misshapes):
        return None
    if older and (what := _newer(found["text"], rule)):
        problem = f"promtool {older} is older than {what}, and refuses the file: {found['text']}"
        cure = f"Prometheus {PROMETHEUS_VERSION} reads it: check with its promtool, and load it into no older server"
        return META.finding(place, rule.path if rule else "", problem, cure, level=Level.INFO)
    cure = "put it right; Prometheus reads rules as promtool does"
    return META.finding(place, rule.path if rule else "", f"promtool: {found['text']}", cure)


def _newer(text: str, rule: Rule | None) -> str:
    """What an old promtool may refuse because it is older than that; empty where its age is no reason.

    Keys that Prometheus does not have either are told by rule/structure, such expressions by promql/syntax.
    """
    if _UNKNOWN_KEY.match(text):
        return "the key"
    return "the expression" if text.startswith(_NOT_PARSED) and rule is not None and rule.query is not None else ""


def _told_by_file(file: RuleFile, text: str) -> bool:
    """Whether a finding of rule/structure tells what promtool says without a place: that the same text is wrong."""
    quoted = _QUOTED.findall(text)
    return bool(quoted) and any(all(repr(each) in told.problem for each in quoted) for told in file.misshapes)


def _rule(file: RuleFile, group: str | None, number: str | None) -> Rule | None:
    """The rule that promtool names by its group and its number in it, from 1."""
    rules = [rule for rule in file.rules if rule.group == group]
    index = int(number) - 1 if number else -1
    return rules[index] if 0 <= index < len(rules) else None


def _told(rule: Rule) -> bool:
    """Whether another check tells why promtool does not like a rule."""
    if rule.query is not None and rule.query.error is not None:
        return True
    return any(
        each.problems
        or any(name not in FUNCTIONS for name, _ in each.functions)
        or any(name not in VARIABLES | each.declared for name, _ in each.variables)
        for each in texts(rule)
    )


def _batches(files: tuple[RuleFile, ...]) -> Iterator[list[RuleFile]]:
    for start in range(0, len(files), _AT_ONCE):
        yield list(files[start : start + _AT_ONCE])
