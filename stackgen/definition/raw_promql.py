"""Raw PromQL in a definition: it names metrics by their keys, the window as `$window`, the labels to keep as `$by`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import promql_parser

from stackgen.definition.context import Context
from stackgen.definition.model import UP, MetricType
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

WINDOW = "$window"
BY = "$by"

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


def check_raw(context: Context, path: Path, text: str) -> bool:
    """Whether raw PromQL parses and names metrics that exist; if not, that is reported."""
    try:
        promql_parser.parse(text.replace(WINDOW, "5m").replace(BY, "job"))
    except ValueError as error:
        context.report(path, f"not PromQL: {str(error).splitlines()[0]}", "put the expression right")
        return False
    known = context.named("metrics")
    good = True
    if not any(references(text)):
        context.report(path, "it names no metric", "name one of the definition's by its key")
        return False
    for reference in references(text):
        key, suffix = split_suffix(reference.name, known.__contains__)
        if key not in known and key != UP:
            context.report(path, f"no metric {reference.name!r}", nearest(reference.name, [*known, UP]))
            good = False
        elif suffix and key in context.metrics and context.metrics[key].type is not MetricType.HISTOGRAM:
            context.report(path, f"{key!r} is a {context.metrics[key].type}", f"only a histogram has {suffix}")
            good = False
        elif not suffix and key in context.metrics and context.metrics[key].type is MetricType.HISTOGRAM:
            context.report(path, f"histogram {key!r} has no series of that name", f"write {key}_bucket, _sum or _count")
            good = False
    return good
