"""From text to a tree with places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import promql_parser

from stackgen.checks.query.macros import has_macro, readings
from stackgen.checks.query.tokens import Word, words
from stackgen.checks.query.tree import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
)
from stackgen.findings import StackgenError

#: What is parsed at most. The parser's stack, and Python's, end at depths that no person writes.
MAX_LENGTH = 50_000
MAX_DEPTH = 100
MAX_OPERATORS = 250

_RAW_STRING = re.compile(r"`[^`]*`")
#: A number whose digits are in groups: `1_000_000`.
_GROUPED = re.compile(r"(?<![\w.:$])\d+(?:_\d+)+(?:\.\d+)?(?![\w:])")
_RAW_ESCAPE = re.compile(r"\\.")
_STRINGS = re.compile(r"""\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`""")
_OPERATOR = re.compile(r"[-+*/%^<>]|==|!=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


class QueryError(StackgenError):
    """An expression that does not parse; `offset` is where, as far as that is known."""

    def __init__(self, problem: str, offset: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression: its tree, and its parts by kind in the order of the text."""

    text: str
    root: Node
    selectors: tuple[Selector, ...]
    calls: tuple[Call, ...]
    aggregations: tuple[Aggregation, ...]
    binaries: tuple[Binary, ...]


@lru_cache(maxsize=20_000)
def parse(text: str, *, macros: bool) -> Parsed:
    """The tree of an expression, with Grafana's variables in it if `macros`; raises QueryError."""
    _check_size(text)
    problem: ValueError | None = None
    for reading, written in readings(text) if macros else ((text, True),):
        try:
            parsed = promql_parser.parse(_without_underscores(_without_raw_escapes(reading)))
        except ValueError as error:
            problem = problem or error
            continue
        root = _Conversion(macros=macros and has_macro(text), numbers_known=written).node(parsed, None)
        _place(root, words(reading), text)
        return _indexed(text, root)
    message = str(problem).splitlines()[0] if str(problem) else "not PromQL"
    raise QueryError(message, _offset(text, message)) from None


def _check_size(text: str) -> None:
    """Refuse what would take the parser to the end of its stack, or long."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"{len(text):,} characters; expressions of more than {MAX_LENGTH:,} are not read")
    bare = _STRINGS.sub("", text)
    depth = 0
    for character in bare:
        if character in "([{":
            depth += 1
            if depth > MAX_DEPTH:
                raise QueryError(f"nested deeper than {MAX_DEPTH} levels")
        elif character in ")]}":
            depth -= 1
    if len(bare) > MAX_OPERATORS and sum(1 for _ in _OPERATOR.finditer(bare)) > MAX_OPERATORS:
        raise QueryError(f"more than {MAX_OPERATORS} operators")


def _without_raw_escapes(text: str) -> str:
    """Raw strings without backslashes, which promql-parser takes for escapes and Prometheus does not."""
    if "`" not in text:
        return text
    return _STRINGS.sub(lambda found: _RAW_ESCAPE.sub("..", found[0]) if found[0][0] == "`" else found[0], text)


def _without_underscores(text: str) -> str:
    """Numbers without underscores between their digits, which promql-parser does not read and Prometheus does.

    Spaces stand behind them, so that all else stays where it is.
    """
    if not _GROUPED.search(text):
        return text
    strings = [found.span() for found in _STRINGS.finditer(text)]

    def plain(found: re.Match[str]) -> str:
        if any(start <= found.start() < end for start, end in strings):
            return found[0]
        return found[0].replace("_", "").ljust(len(found[0]))

    return _GROUPED.sub(plain, text)


def _offset(text: str, message: str) -> int:
    """Where the problem is, if the message quotes something that stands in the text once."""
    quoted = re.search(r"(?:syntax: |function: |name: |for |')([^\s':]{2,})'?$", message)
    return max(0, text.find(quoted[1])) if quoted and text.count(quoted[1]) == 1 else 0


#: What stands for a part until it is converted.
_EMPTY = Text(0, None, "")


class _Conversion:
    """promql-parser's objects as nodes."""

    def __init__(self, *, macros: bool, numbers_known: bool) -> None:
        self._macros = macros
        self._numbers_known = numbers_known

    def node(self, expr: object, parent: Node | None) -> Node:
        """The node of an expression; its place comes later."""
        match expr:
            case promql_parser.ParenExpr():
                return self.node(expr.expr, parent)
            case promql_parser.VectorSelector():
                return self._selector(expr, parent)
            case promql_parser.MatrixSelector():
                selector = self._selector(expr.vector_selector, parent)
                selector.range = expr.range.total_seconds()
                return selector
            case promql_parser.Call():
                call = Call(0, parent, expr.func.name, ())
                call.arguments = tuple(self.node(argument, call) for argument in expr.args)
                return call
            case promql_parser.AggregateExpr():
                return self._aggregation(expr, parent)
            case promql_parser.BinaryExpr():
                return self._binary(expr, parent)
            case promql_parser.UnaryExpr():
                negation = Negation(0, parent, _EMPTY)
                negation.of = self.node(expr.expr, negation)
                return negation
            case promql_parser.SubqueryExpr():
                offset = expr.offset.total_seconds() if expr.offset else 0.0
                range_ = None if self._macros or expr.range is None else expr.range.total_seconds()
                subquery = Subquery(0, parent, _EMPTY, range_, offset)
                subquery.of = self.node(expr.expr, subquery)
                return subquery
            case promql_parser.NumberLiteral():
                return Number(0, parent, float(expr.val), self._numbers_known)
            case promql_parser.StringLiteral():
                return Text(0, parent, str(expr.val))
        raise QueryError(f"{type(expr).__name__} is not known here")

    def _selector(self, expr: promql_parser.VectorSelector, parent: Node | None) -> Selector:
        offset = expr.offset.total_seconds() if expr.offset else 0.0
        matchers = tuple(_matcher(matcher) for matcher in expr.matchers.matchers)
        named = next((each.value for each in matchers if each.label == "__name__" and each.op == "="), None)
        return Selector(0, parent, expr.name or named, matchers, None, 0, 0, "", offset)

    def _aggregation(self, expr: promql_parser.AggregateExpr, parent: Node | None) -> Aggregation:
        by = without = None
        if expr.modifier is not None:
            labels = tuple(expr.modifier.labels)
            if expr.modifier.type == promql_parser.AggModifierType.By:
                by = labels
            else:
                without = labels
        node = Aggregation(0, parent, str(expr.op), by, without, None, _EMPTY)
        node.parameter = None if expr.param is None else self.node(expr.param, node)
        node.of = self.node(expr.expr, node)
        return node

    def _binary(self, expr: promql_parser.BinaryExpr, parent: Node | None) -> Binary:
        on = ignoring = None
        group, bool_ = "", False
        include: tuple[str, ...] = ()
        modifier = expr.modifier
        if modifier is not None:
            bool_ = bool(modifier.return_bool)
            if modifier.matching is not None:
                labels = tuple(modifier.matching.labels)
                if modifier.matching.type == promql_parser.LabelModifierType.Include:
                    on = labels
                else:
                    ignoring = labels
            if modifier.card == promql_parser.VectorMatchCardinality.ManyToOne:
                group = "left"
            elif modifier.card == promql_parser.VectorMatchCardinality.OneToMany:
                group = "right"
            include = tuple(modifier.group_labels or ())
        node = Binary(0, parent, str(expr.op).strip(), _EMPTY, _EMPTY, on, ignoring, group, include, bool_)
        node.left = self.node(expr.lhs, node)
        node.right = self.node(expr.rhs, node)
        return node


def _matcher(matcher: promql_parser.Matcher) -> Matcher:
    kinds = promql_parser.MatchOp
    ops = ((kinds.Equal, "="), (kinds.NotEqual, "!="), (kinds.Re, "=~"), (kinds.NotRe, "!~"))
    op = next(sign for kind, sign in ops if kind == matcher.op)
    return Matcher(matcher.name, op, matcher.value, 0, 0, 0, 0)


def _in_order(node: Node) -> Iterator[Node]:
    """The nodes that have a word in the text, in its order."""
    match node:
        case Binary():
            yield from _in_order(node.left)
            yield node
            yield from _in_order(node.right)
        case Number() | Text():
            return
        case Subquery() | Negation():
            yield from _in_order(node.of)
        case _:
            yield node
            for child in node.children:
                yield from _in_order(child)


def _place(root: Node, found: list[Word], text: str) -> None:
    """Give each node the place of its word; where the two do not agree, nodes stay at the start of the text."""
    nodes = list(_in_order(root))
    if len(nodes) != len(found):
        return
    for node, word in zip(nodes, found, strict=True):
        node.start = word.start
        if isinstance(node, Selector):
            _place_selector(node, word, text)


def _place_selector(node: Selector, word: Word, text: str) -> None:
    if [(m.label, m.op) for m in word.matchers] == [(m.label, m.op) for m in node.matchers if m.start == 0 == m.end]:
        node.matchers = tuple(
            Matcher(m.label, m.op, _original(m, text), m.start, m.end, m.op_start, m.value_start) for m in word.matchers
        )
    if node.range is not None and word.range_end:
        node.range_start, node.range_end = word.range_start, word.range_end
        node.range_text = text[word.range_start + 1 : word.range_end - 1].strip()
        if has_macro(node.range_text):
            node.range = None
    if word.text and has_macro(text[word.start : word.start + len(word.text)]):
        node.templated = True


def _original(matcher: Matcher, text: str) -> str:
    """A matcher's value as it was written, with the variables that the reading replaced."""
    written = text[matcher.value_start : matcher.end]
    return written[1:-1] if has_macro(written) else matcher.value


def _indexed(text: str, root: Node) -> Parsed:
    nodes = list(root.walk())
    return Parsed(
        text,
        root,
        tuple(node for node in nodes if isinstance(node, Selector)),
        tuple(node for node in nodes if isinstance(node, Call)),
        tuple(node for node in nodes if isinstance(node, Aggregation)),
        tuple(node for node in nodes if isinstance(node, Binary)),
    )
