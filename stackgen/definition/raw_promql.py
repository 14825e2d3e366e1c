"""Raw PromQL in a definition: it names metrics by their keys, the window as `$window`, the labels to keep as `$by`.

What a panel asks may name the time that its dashboard shows, too, as `$range`, and series that rules make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import promql_parser

from stackgen.definition.context import Context, listed
from stackgen.definition.model import TARGET_LABELS, Expression, Label, MetricType, Raw
from stackgen.definition.outside import Origin, labels_of, names, origin_of
from stackgen.definition.selectors import selectors_of
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

WINDOW = "$window"
BY = "$by"
RANGE = "$range"

#: Tokens of PromQL that matter here: strings, comments, durations and numbers are passed over whole.
_TOKEN = re.compile(
    r"""(?P<skip>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\#[^\n]*|\$\w+|\d[\w.]*)"""
    r"""|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<mark>[{}()\[\]])"""
)
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"} | _GROUPING
_AGGREGATIONS = {
    "sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile",
}  # fmt: skip
#: Words that cannot be the key of a metric that raw PromQL names.
RESERVED = frozenset(_WORDS | _AGGREGATIONS)
#: One matcher between the braces of a selector: a label, an operator, a quoted value.
_MATCHER = re.compile(r"""\s*(\w+)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)\s*,?""")
#: What has no value at a moment: `metric[5m]`, `(metric[1h:5m])`, `"text"`.
_NO_VECTORS = (promql_parser.MatrixSelector, promql_parser.SubqueryExpr, promql_parser.StringLiteral)
_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True)
class Reference:
    """A metric named in raw PromQL: characters `start` to `end` of the text, the name, what follows it."""

    start: int
    end: int
    name: str
    has_braces: bool


def references(text: str) -> Iterator[Reference]:
    """The metric names in a PromQL text, from left to right."""
    tokens = list(_TOKEN.finditer(text))
    braces = 0
    grouping = False  # inside the parentheses of by (...), on (...)
    for index, token in enumerate(tokens):
        following = text[token.end() :].lstrip()[:1]
        if token["mark"]:
            braces += {"{": 1, "}": -1}.get(token["mark"], 0)
            if token["mark"] == ")":
                grouping = False
            elif token["mark"] == "(" and index and tokens[index - 1]["name"]:
                grouping = tokens[index - 1]["name"].lower() in _GROUPING
        elif token["name"] and not braces and not grouping:
            word = token["name"]
            if following != "(" and word.lower() not in RESERVED:
                yield Reference(token.start(), token.end(), word, following == "{")


def split_suffix(name: str, known: Callable[[str], bool]) -> tuple[str, str]:
    """A name as a metric's key and the suffix of a histogram's series."""
    if not known(name):
        for suffix in _HISTOGRAM_SUFFIXES:
            if name.endswith(suffix) and known(name.removesuffix(suffix)):
                return name.removesuffix(suffix), suffix
    return name, ""


def metric_keys(expression: Expression, known: Collection[str]) -> tuple[str, ...]:
    """Keys of the metrics that an expression is computed from, each once; names in raw PromQL may be unknown ones."""
    if isinstance(expression, Raw):
        keys = [split_suffix(each.name, known.__contains__)[0] for each in references(expression.promql)]
    else:
        keys = [selector.of for selector in selectors_of(expression)]
    return tuple(dict.fromkeys(keys))


def check_raw(context: Context, path: Path, text: str, *, shown: bool = False) -> bool:
    """Whether raw PromQL parses and names series that there are; if not, that is reported.

    `shown`: it is what a panel asks, so that it may look at alerts and objectives, and at the time that is shown.
    """
    try:
        parsed = promql_parser.parse(text.replace(WINDOW, "5m").replace(RANGE, "3h").replace(BY, "job"))
    except ValueError as error:
        context.report(path, f"not PromQL: {str(error).splitlines()[0]}", "put the expression right")
        return False
    while isinstance(parsed, promql_parser.ParenExpr):
        parsed = parsed.expr
    if isinstance(parsed, _NO_VECTORS):
        context.report(path, "its values are no numbers of one moment", "wrap a range in a function such as rate()")
        return False
    if RANGE in text and not shown:
        context.report(path, f"{RANGE} is the time that a dashboard shows", f"use {WINDOW}, or ask in a panel")
        return False
    found = list(references(text))
    if not found:
        context.report(path, "it names no metric", "name one of the definition's by its key")
        return False
    there = [
        _is_there(context, path, each.name, shown=shown) and _is_picked(context, path, text, each) for each in found
    ]
    return all(there)


def labels_named(context: Context, text: str) -> set[str]:
    """The labels of all series that raw PromQL names; what it leaves of them is its own business."""
    known = context.metrics
    found: set[str] = set()
    for reference in references(text):
        key, _ = split_suffix(reference.name, known.__contains__)
        origin = origin_of(key)
        if key in known:
            found |= {*context.labels_of(known[key])}
        elif origin is not None:
            found |= {*labels_of(origin)} | ({*context.labels} if origin is Origin.ALERTS else set())
    return found


def labels_picked(text: str) -> set[str]:
    """The labels that raw PromQL itself says something of, in the braces behind a name."""
    return {label for reference in references(text) for label, _, _ in _matchers(text, reference)}


def _is_there(context: Context, path: Path, name: str, *, shown: bool) -> bool:
    known = context.named("metrics")
    key, suffix = split_suffix(name, known.__contains__)
    origin = None if key in known else origin_of(key)
    kind = context.metrics[key].type if key in context.metrics else None
    if key not in known and origin is None:
        context.report(path, f"no metric {name!r}", nearest(name, [*known, *names()]))
    elif origin not in (None, Origin.TARGET) and not shown:
        context.report(path, f"{name!r} is made by rules, which signals are for", "ask for it in a panel")
    elif suffix and kind not in (None, MetricType.HISTOGRAM):
        context.report(path, f"{key!r} is a {kind}", f"only a histogram has {suffix}")
    elif not suffix and kind is MetricType.HISTOGRAM:
        context.report(path, f"histogram {key!r} has no series of that name", f"write {key}_bucket, _sum or _count")
    else:
        return True
    return False


def _is_picked(context: Context, path: Path, text: str, reference: Reference) -> bool:
    """Whether a metric of the definition has the labels, and these the values, that are picked out of it."""
    key, suffix = split_suffix(reference.name, context.metrics.__contains__)
    if key not in context.metrics:
        return True
    known = [*context.labels_of(context.metrics[key]), *TARGET_LABELS, *_given_to_targets(context)]
    known += ["le"] if suffix == "_bucket" else []
    good = True
    for label, operator, value in _matchers(text, reference):
        if label not in known:
            context.report(path, f"metric {key!r} has no label {label!r}", nearest(label, known))
            good = False
        elif label in context.labels and "$" not in value:
            good = _has(context, path, context.labels[label], operator, value) and good
    return good


def _given_to_targets(context: Context) -> list[str]:
    """Labels that `stack.targets` gives to what is scraped."""
    targets = (context.data.get("stack") or {}).get("targets") or ()
    return [label for _, target in listed(targets) for label in target.get("labels") or {}]


def _matchers(text: str, reference: Reference) -> Iterator[tuple[str, str, str]]:
    """Label, operator and value of each matcher in the braces behind a metric's name."""
    if not reference.has_braces:
        return
    position = text.index("{", reference.end) + 1
    while found := _MATCHER.match(text, position):
        yield found[1], found[2], found[3][1:-1]
        position = found.end()


def _has(context: Context, path: Path, label: Label, operator: str, value: str) -> bool:
    """Whether a label may have a value, or one of those that a regular expression names; if not, that is reported."""
    if not value or label.values is None:
        return True
    if operator in ("=", "!="):
        return context.label_value(path, label.name, value)
    if re.fullmatch(r"[\w|-]+", value):
        there = [context.label_value(path, label.name, each) for each in value.split("|") if each]
        return all(there)
    try:
        pattern = re.compile(value)
    except re.error:
        return True  # RE2 reads it otherwise than Python does
    if any(map(pattern.fullmatch, label.values)):
        return True
    context.report(path, f"no value of label {label.name!r} matches {value!r}", nearest(value, label.values))
    return False
