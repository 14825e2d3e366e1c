"""A shallow look at PromQL text: which words are metrics, functions, aggregations and operators, and where they stand.

Together they come in the order in which a walk through the parsed tree meets them (left side, operator, right side),
which is how each node of the tree gets its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stackgen.checks.query.tree import Matcher

_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<range>\[[^\]]*\])
    |(?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\w*)
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<op>=~|!~|!=|==|>=|<=|[-+*/%^<>=@])
    |(?P<mark>[(){},])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_OPERATORS = frozenset({"and", "or", "unless", "atan2"})
_PASSED_OVER = frozenset({"bool", "offset", "inf", "nan", "start", "end", "fill", "fill_left", "fill_right"})


@dataclass(slots=True)
class Word:
    """A metric, function, aggregation or operator in the text."""

    text: str
    start: int
    #: Of a selector: what stands in its braces, and its range with the brackets.
    matchers: list[Matcher] = field(default_factory=list)
    range_start: int = 0
    range_end: int = 0
    is_selector: bool = False


class _Tokens:
    """The tokens of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self.all = [found for found in _TOKEN.finditer(text) if found.lastgroup != "skip"]
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.all[index][0] if index < len(self.all) else ""

    def skip_group(self) -> None:
        """Pass over a parenthesised list."""
        if self.peek() != "(":
            return
        while self.at < len(self.all) and self.peek() != ")":
            self.at += 1
        self.at += 1


def words(text: str) -> list[Word]:
    """The words of a text that parses, in the order of the text."""
    tokens = _Tokens(text)
    found: list[Word] = []
    operand = False  # whether what came last is a value, so that a minus after it is an operator
    while tokens.at < len(tokens.all):
        token = tokens.all[tokens.at]
        tokens.at += 1
        match token.lastgroup:
            case "name":
                operand = _take_name(token, tokens, found)
            case "op":
                operand = _take_operator(token, tokens, found, operand)
            case "range":
                if found and found[-1].is_selector and not found[-1].range_end:
                    found[-1].range_start, found[-1].range_end = token.span()
                operand = True
            case "mark":
                if token[0] == "{":
                    found.append(Word("", token.start(), is_selector=True))
                    found[-1].matchers = _matchers(tokens)
                operand = token[0] in "})" or token[0] == "{"
            case _:
                operand = True
    return found


def _take_name(token: re.Match[str], tokens: _Tokens, found: list[Word]) -> bool:
    """Take a name; whether a value ends here."""
    name = token[0]
    low = name.lower()
    if low in _OPERATORS:
        found.append(Word(low, token.start()))
        return False
    if low in _GROUPING:
        tokens.skip_group()
        return False
    if low in _PASSED_OVER:
        if low in ("start", "end", "fill", "fill_left", "fill_right"):
            tokens.skip_group()
        return low in ("inf", "nan", "start", "end")
    if tokens.peek() == "(" or tokens.peek().lower() in ("by", "without"):
        found.append(Word(name, token.start()))
        return False
    found.append(Word(name, token.start(), is_selector=True))
    if tokens.peek() == "{":
        tokens.at += 1
        found[-1].matchers = _matchers(tokens)
    return True


def _take_operator(token: re.Match[str], tokens: _Tokens, found: list[Word], operand: bool) -> bool:
    if token[0] == "@":
        if tokens.peek() == "-":
            tokens.at += 1
        return False
    before = tokens.all[tokens.at - 2][0].lower() if tokens.at >= 2 else ""
    if token[0] in "+-" and (not operand or before == "offset"):
        return False
    found.append(Word(token[0], token.start()))
    return False


def _matchers(tokens: _Tokens) -> list[Matcher]:
    """The matchers up to the closing brace."""
    matchers = []
    while tokens.at < len(tokens.all) and tokens.peek() != "}":
        label, op, value = (tokens.all[tokens.at + i] if tokens.at + i < len(tokens.all) else None for i in range(3))
        if label and op and value and op[0] in ("=", "!=", "=~", "!~") and value.lastgroup == "string":
            name = unquoted(label[0]) if label.lastgroup == "string" else label[0]
            matchers.append(
                Matcher(name, op[0], unquoted(value[0]), label.start(), value.end(), op.start(), value.start())
            )
            tokens.at += 3
        else:
            tokens.at += 1
    tokens.at += 1
    return matchers


def unquoted(text: str) -> str:
    """The value of a PromQL string."""
    inside = text[1:-1]
    if text[0] == "`" or "\\" not in inside:
        return inside
    return _ESCAPE.sub(_unescaped, inside)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)
