"""Every part of an expression knows where it stands, with and without Grafana's variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.checks.query.parse import QueryError, parse
from stackgen.checks.query.tree import Aggregation, Binary, Call, Selector


def words(expr: str, *, macros: bool = False) -> list[str]:
    """What stands at the place of each part, cut to the part's name."""
    parsed = parse(expr, macros=macros)
    found = []
    for node in parsed.root.walk():
        match node:
            case Selector(name=name):
                found.append(expr[node.start :][: len(name or "{")])
            case Call(name=word) | Aggregation(op=word) | Binary(op=word):
                found.append(expr[node.start :][: len(word)])
    return found


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("a + b * c", ["+", "a", "*", "b", "c"]),
        ("(a + b) * c", ["*", "+", "a", "b", "c"]),
        ("sum by (x) (rate(a[5m])) / on (x) group_left (y) b", ["/", "sum", "rate", "a", "b"]),
        ("sum(a) by (x) unless ignoring (z) -b", ["unless", "sum", "a", "b"]),
        ("a offset -5m > bool -1", [">", "a"]),
        ("topk(5, a) and a{b='}',c=\"[\"}[5m:1m] @ end() == 0", None),
        ("max_over_time(rate(a[5m])[1h:1m] offset 1d)", ["max_over_time", "rate", "a"]),
        ('{job="x"} or {__name__="y"}', ["or", "{", "{"]),
        ("a # by (x)\n+ # or\nb", ["+", "a", "b"]),
        ("time() - a @ 1.5 ^ 2", ["-", "time", "^", "a"]),
        ("label_replace(a, 'b', '$1 by (x)', 'c', '(.*)') atan2 d", ["atan2", "label_replace", "a", "d"]),
        ("inf + nan * a", ["+", "*", "a"]),
    ],
)
def test_parts_stand_where_their_names_stand(expr: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(QueryError):
            parse(expr, macros=False)
    else:
        assert words(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ('rate(a{job=~"$job"}[$__rate_interval])', ["rate", "a"]),
        ("topk($n, sum by ($group) (a))", ["topk", "sum", "a"]),
        ("max_over_time(a[$__range:${step}])", ["max_over_time", "a"]),
        ("a > $limit and b offset $ago", ["and", ">", "a", "b"]),
        ("rate(a[[[window]]])", ["rate", "a"]),
    ],
)
def test_variables_move_nothing(expr: str, expected: list[str]) -> None:
    assert words(expr, macros=True) == expected


def test_without_variables_they_do_not_parse() -> None:
    with pytest.raises(QueryError):
        parse("rate(a[$__rate_interval])", macros=False)


def test_a_variable_in_a_name_is_known_as_one() -> None:
    (selector,) = parse("rate(${app}_total[5m])", macros=True).selectors
    assert selector.templated


def test_a_range_that_a_variable_says_is_not_known() -> None:
    (selector,) = parse("rate(a[$window])", macros=True).selectors
    assert (selector.range, selector.range_text) == (None, "$window")


def test_numbers_that_were_written_are_known_beside_variables() -> None:
    (comparison,) = parse('sum(a{job=~"$job"}) > 0.9', macros=True).binaries
    assert comparison.right.value == 0.9  # type: ignore[attr-defined]
    assert comparison.right.known  # type: ignore[attr-defined]


NAMES = st.sampled_from(["a_total", "b:c", "up", "foo_bucket"])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 0) -> str:
    """An expression that parses."""
    kind = draw(st.integers(0, 5 if depth < 4 else 0))
    if kind == 0:
        matchers = draw(st.sampled_from(["", '{x="y"}', "{x=~'a|b', z!=\"}\"}", "{}"]))
        return f"{draw(NAMES)}{matchers}"
    if kind == 1:
        return f"rate({draw(NAMES)}[{draw(st.sampled_from(['5m', '1h30m']))}])"
    inner = draw(expressions(depth + 1))
    if kind == 2:
        return f"sum by (x, y) ({inner})"
    if kind == 3:
        return f"({inner})"
    if kind == 4:
        return f"-{inner}"
    operator = draw(st.sampled_from([" + ", "/", " and ", " > bool ", " unless on (x) ", "- "]))
    return f"{inner}{operator}{draw(expressions(depth + 1))}"


@given(expressions())
def test_whatever_is_nested_in_whatever_way(expr: str) -> None:
    parsed = parse(expr, macros=False)
    for selector in parsed.selectors:
        assert expr[selector.start :].startswith(selector.name or "{")
    for call in parsed.calls:
        assert expr[call.start :].startswith(call.name)
    for binary in parsed.binaries:
        assert expr[binary.start :].startswith(binary.op)
    starts = [node.start for node in (*parsed.selectors, *parsed.calls, *parsed.aggregations, *parsed.binaries)]
    assert len(starts) == len(set(starts))
