from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.findings import StackgenError
from stackgen.stack.interpolation import expand, expand_all, unset_in, variables_of

SET = {"PORT": "9190", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("127.0.0.1:${PORT:-9090}:9090", "127.0.0.1:9190:9090"),
        ("127.0.0.1:${OTHER:-9090}:9090", "127.0.0.1:9090:9090"),
        ("$PORT and ${PORT}", "9190 and 9190"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${UNSET-default}", "default"),
        ("${UNSET}", ""),
        ("${PORT:+given}${UNSET:+given}", "given"),
        ("${EMPTY+given}${EMPTY:+given}", "given"),
        ("${PORT:?no port}", "9190"),
        ("costs $$5", "costs $5"),
        ("$${PORT}", "${PORT}"),
        ("redis:${TAG:-8.0-bookworm}", "redis:8.0-bookworm"),
    ],
)
def test_a_variable_is_filled_in_as_compose_does(text: str, expanded: str) -> None:
    assert expand(text, SET) == expanded


def test_a_variable_that_has_to_be_set_is_named() -> None:
    with pytest.raises(StackgenError, match=r"^the variable TOKEN has to be set: a token of the mirror$"):
        expand("${TOKEN:?a token of the mirror}", SET)


@pytest.mark.parametrize("text", ["5 $", "${PORT", "${}", "$-"])
def test_a_dollar_that_begins_nothing_is_an_error(text: str) -> None:
    with pytest.raises(StackgenError, match=r"write \$\$ for a dollar sign"):
        expand(text, SET)


@given(st.text())
def test_doubling_the_dollars_keeps_any_text_as_it_is(text: str) -> None:
    assert expand(text.replace("$", "$$"), SET) == text


def test_all_texts_of_a_document_are_expanded_but_its_keys() -> None:
    document = {"$PORT": ["${PORT}", 5, None, {"inner": "${PORT}"}]}
    assert expand_all(document, SET) == {"$PORT": ["9190", 5, None, {"inner": "9190"}]}


def test_the_environment_goes_before_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('# a comment\nPORT=1\nexport NAME = "two words"  \nPLAIN=word # why\nbroken\n')
    assert variables_of(tmp_path, SET) == {"PORT": "9190", "EMPTY": "", "NAME": "two words", "PLAIN": "word"}


def test_without_an_env_file_there_is_only_the_environment(tmp_path: Path) -> None:
    assert variables_of(tmp_path, SET) == SET


def test_what_is_not_set_and_has_no_default_is_found() -> None:
    document = {
        "a": ["${TOKEN}", {"b": "$KEY and ${TOKEN} and $$NOT"}],
        "c": "${PORT}${EMPTY}${OTHER:-x}${MORE:+y}",
        "d": 7,
    }
    assert unset_in(document, SET) == ("TOKEN", "KEY")
