"""Values that match a regular expression are found, for tests of what it picks out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.definition.model import Selector
from stackgen.definition.patterns import mistake_in
from stackgen.signals.examples import examples


@pytest.mark.parametrize(
    ("pattern", "some"),
    [
        ("tmpfs|fuse.*", ["tmpfs", "fuse1"]),
        ("eth.*", ["eth1", "eth2"]),
        ("5..", ["511"]),
        (r"/dev/sd[a-z]\d+", ["/dev/sda1"]),
        (r"config\|(?:get|set)", ["config|get", "config|set"]),
        ("(?i)GET|(?P<other>po|pu)st?", ["GET", "post", "pust"]),
        ("a{3}(b|c)+?", ["aaab", "aaac"]),
        ("", [""]),
    ],
)
def test_the_plainest_values_are_among_them(pattern: str, some: list[str]) -> None:
    assert set(some) <= set(examples(pattern))


def test_none_is_made_up_where_none_is_known() -> None:
    assert list(examples("a^b")) == []


_PIECES = st.sampled_from(["a", "b.", "[x-z]", r"\.", r"\d", "(a|bc)", "(?:d|e.)", "-"])
_PATTERNS = st.lists(
    st.tuples(_PIECES, st.sampled_from(["", "*", "+", "?", "{2}", "{0,3}"])).map("".join), min_size=1, max_size=6
).map("".join)


@given(st.lists(_PATTERNS, min_size=1, max_size=3).map("|".join))
def test_one_is_found_for_all_plain_patterns_and_a_selector_keeps_it(pattern: str) -> None:
    assert mistake_in(pattern) is None
    found = list(examples(pattern))
    assert found
    for value in found:
        assert re.fullmatch(pattern, value)
        assert Selector(of="x", where_matches={"label": pattern}).keeps("label", value)
        assert not Selector(of="x", where_not_matches={"label": pattern}).keeps("label", value)


@pytest.mark.parametrize(
    "pattern",
    [
        *("a(?=b)", "(?<!a)b", r"(a)\1", "(?P<n>a)(?P=n)", "(?>a)", "a++", "a{,3}", "a{1001}", "[[:alpha:]]", r"a\Z"),
        *(r"\pL", "(?x)a", "(?#c)a", "*", "[a", "(", "a**"),
    ],
)
def test_what_is_not_read_in_the_same_way_everywhere_is_refused(pattern: str) -> None:
    assert mistake_in(pattern) is not None


@pytest.mark.parametrize("pattern", ["[(?=]", r"\\1", r"\++", "(?i:a)b", "(?P<n>a)", "[]a]", "x{2,9}", "a+?"])
def test_what_only_looks_like_it_is_not(pattern: str) -> None:
    assert mistake_in(pattern) is None
