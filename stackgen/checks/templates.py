"""Templates in labels and annotations: Go's text/template with Prometheus's functions, as far as checks need it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from stackgen.checks.check import Meta
from stackgen.checks.rule_files import Rule
from stackgen.checks.scalars import YamlScalar
from stackgen.findings import Finding, Level

#: Prometheus, "Template reference"; then those of Go's text/template.
FUNCTIONS = frozenset(
    {
        "query", "first", "label", "value", "sortByLabel", "humanize", "humanize1024", "humanizeDuration",
        "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now", "title", "toUpper", "toLower",
        "stripPort", "match", "reReplaceAll", "graphLink", "tableLink", "parseDuration", "stripDomain", "args", "tmpl",
        "safeHtml", "externalURL", "pathPrefix", "strvalue", "urlQueryEscape", "trimSpace",
        "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "call",
        "eq", "ne", "lt", "le", "gt", "ge",
    }
)  # fmt: skip
_KEYWORDS = frozenset({"if", "else", "end", "range", "with", "template", "define", "block", "break", "continue"})
_OPENING = frozenset({"if", "range", "with", "define", "block"})
_LITERALS = frozenset({"true", "false", "nil"})

#: What Prometheus defines in front of every template; `$` alone is all that the template is given.
VARIABLES = frozenset({"$", "$labels", "$value", "$externalLabels", "$externalURL"})
#: `$x :=`, `range $index, $sample := ...`.
_DECLARED = re.compile(r"(\$\w+)\s*(?:,\s*(\$\w+)\s*)?:=")

_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_WORD = re.compile(
    r'"(?:\\.|[^"\\])*"|`[^`]*`|/\*.*?\*/|\d[\w.]*|(?P<variable>\$\w*(?:\.\w+)*)|(?P<field>\.\w[\w.]*)|(?P<name>[A-Za-z_]\w*)'
    r"|(?P<pipe>\|)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not parse, at an offset of the text."""

    start: int
    text: str
    cure: str


@dataclass(slots=True)
class Template:
    """One text of a rule, with what its template names: (name, offset)."""

    rule: Rule
    #: `annotations.summary`
    key: str
    text: str
    problems: list[Fault] = field(default_factory=list)
    functions: list[tuple[str, int]] = field(default_factory=list)
    #: Variables, with their `$`, and those of them that the template declares itself.
    variables: list[tuple[str, int]] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    labels: list[tuple[str, int]] = field(default_factory=list)
    #: Functions that are given `$value`.
    value_functions: list[tuple[str, int]] = field(default_factory=list)
    #: Where a sample's value is printed: `$value`, `.Value`, or `value` of a query; not where `if` looks at one.
    values: list[int] = field(default_factory=list)
    #: The text, with blanks for what is template.
    plain: str = ""

    def finding(self, meta: Meta, offset: int, problem: str, cure: str, *, level: Level | None = None) -> Finding:
        """A finding about a character of the text."""
        host: YamlScalar | None = self.rule.text_host(self.key)
        place = host.place(offset) if host is not None else self.rule.place(*self.key.split("."))
        return meta.finding(place, f"{self.rule.path}.{self.key}", problem, cure, level=level)


def texts(rule: Rule, *, annotations_only: bool = False) -> Iterator[Template]:
    """The texts of a rule, read as templates."""
    sections = {"annotations": rule.annotations} | ({} if annotations_only else {"labels": rule.labels})
    for section, pairs in sections.items():
        for name, text in pairs.items():
            yield read_template(rule, f"{section}.{name}", text)


def read_template(rule: Rule, key: str, text: str) -> Template:
    """What a text's template names."""
    template = Template(rule, key, text)
    template.plain = _ACTION.sub(lambda found: " " * len(found[0]), text)
    for brace in re.finditer(r"\{\{|\}\}", template.plain):
        opened = brace[0] == "{{"
        problem = "`{{` without `}}`" if opened else "`}}` without `{{`"
        template.problems.append(Fault(brace.start(), problem, "close what is open, and nothing else"))
    blocks: list[tuple[str, int]] = []
    for action in _ACTION.finditer(text):
        _read_action(template, action[1], action.start(1), blocks)
        template.declared.update(name for found in _DECLARED.findall(action[1]) for name in found if name)
    template.problems += [Fault(start, "a block without `{{ end }}`", "end it") for _, start in blocks]
    return template


def _read_action(template: Template, action: str, offset: int, blocks: list[tuple[str, int]]) -> None:
    inside = action.strip().removeprefix("-").removesuffix("-").strip()
    if not inside:
        template.problems.append(Fault(offset, "an empty `{{ }}`", "write $value or $labels.name, or remove it"))
        return
    if inside.startswith("/*"):
        return
    first = re.match(r"\w+", inside)
    word = first[0] if first else ""
    if word in _OPENING:
        blocks.append((word, offset))
    elif word == "end":
        if blocks:
            blocks.pop()
        else:
            template.problems.append(Fault(offset, "`end` without a block", "remove it"))
    # Inside of these, the dot is something else: a sample of a query.
    own_dot = not any(kind in ("range", "with", "define") for kind, _ in blocks)
    _read_words(template, action, offset, own_dot=own_dot, printed=word not in ("if", "else"))


def _read_words(template: Template, action: str, offset: int, *, own_dot: bool, printed: bool) -> None:
    value_seen = False
    calls: list[tuple[str, int]] = []
    for found in _WORD.finditer(action):
        start = offset + found.start()
        if printed and found[0] in ("$value", ".Value", "value"):
            template.values.append(start)
        if variable := found["variable"]:
            name, *fields = variable.split(".")
            template.variables.append((name, start))
            value_seen = value_seen or variable == "$value"
            if name == "$labels" and len(fields) == 1:
                template.labels.append((fields[0], start))
        elif (dotted := found["field"]) and own_dot:
            value_seen = value_seen or dotted == ".Value"
            if dotted.startswith(".Labels.") and dotted.count(".") == 2:
                template.labels.append((dotted.removeprefix(".Labels."), start))
        elif (name := found["name"]) and name not in _KEYWORDS and name not in _LITERALS:
            template.functions.append((name, start))
            calls.append((name, start))
    if value_seen:
        template.value_functions += calls
