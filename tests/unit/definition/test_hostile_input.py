"""No input, however odd, ends in anything but findings."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.definition import load, packs
from stackgen.findings import DefinitionError

CACHE = packs()["cache"].read_text(encoding="utf-8")


def problem_of(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "odd.yaml"
    path.write_bytes(data)
    with pytest.raises(DefinitionError) as caught:
        load(path)
    assert caught.value.findings
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n- b\n", "a definition is a mapping, and this is a list"),
        (b"words", "a definition is a mapping, and this is the text 'words'"),
        (b"null", "a definition is a mapping, and this is nothing"),
        (b"name: a\nname: b\n", ":2:1: key 'name' stands here a second time; the first is on line 1"),
        (b"name:\n\t- a\n", ":2:1: a tab where YAML wants spaces; indent with spaces"),
        (b"name: a\x00b", ":1:8: a NUL byte"),
        (b"name: a\x07b", "is not allowed in YAML"),
        (b"name: \xff\xfe", ":1:7: byte 0xff is not UTF-8"),
        ("name: é".encode("utf-16"), "is not UTF-8"),
        (b"a: !!python/object/apply:os.system [ls]", "tag '!!python/object/apply:os.system' is not allowed"),
        (b"a: !secret x", "tag '!secret' is not allowed"),
        (b"a: *b", "no anchor '&b' before this alias"),
        (b"a: &a [*a]", "alias '*a' stands inside what it names"),
        (b"a: 1\n---\nb: 2\n", ":2:1: a second document"),
        (b"a: [1, 2", "not YAML"),
        (b"a: b: c", "not YAML"),
        (b'a: "x', "not YAML"),
        (b"? [a, b]\n: c\n", "a key that is no word"),
        (b"a: &x 3\nb:\n  <<: *x\n", "'<<' merges a mapping, and this is none"),
        (b"[" * 100_000, "nested deeper than 60 levels"),
        (b"[" * 1_500, "nested deeper than 60 levels; flatten it"),
        (b"a: " + b"{b: " * 5_000, "nested deeper than 60 levels"),
        (b"- " * 5_000, "nested deeper than 60 levels; flatten it"),
        (b"x" * 10_000_000, "the file holds 10,000,000 bytes; a definition may have 4,000,000"),
        (b"stackgen: " + b"9" * 6_000, "cannot stand here"),
    ],
)
def test_what_is_no_definition_is_told_so(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in problem_of(tmp_path, data)


def test_the_parser_in_python_stops_at_the_same_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert ":1:61: nested deeper than 60 levels; flatten it" in problem_of(tmp_path, b"[" * 1_500)


def test_aliases_that_explode_are_stopped(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "aliases expand to more than 500,000 values" in problem_of(tmp_path, "\n".join(lines).encode())


def test_anchors_and_merge_keys_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "merged.yaml"
    path.write_text(
        "stackgen: 1\nname: m\ntitle: M\nmetrics:\n"
        "  a: &a {type: counter, help: A., labels: []}\n"
        "  b: {<<: *a, help: B.}\n",
        encoding="utf-8",
    )
    assert [metric.help for metric in load(path).metrics.values()] == ["A.", "B."]


def test_words_that_other_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    text = "stackgen: 1\nname: w\ntitle: W\nlabels: {country: {values: [no, on, off, yes, 200, true]}}\n"
    path.write_text(text, encoding="utf-8")
    assert load(path).labels["country"].values == ("no", "on", "off", "yes", "200", "true")


def test_a_directory_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="is a directory; name a file in it"):
        load(tmp_path)
    with pytest.raises(DefinitionError, match=r"no file .*; check the path"):
        load(tmp_path / "none.yaml")
    with pytest.raises(DefinitionError, match="did you mean 'cache'"):
        load("cahce")
    for name in ("a\0b", "x" * 5_000, ""):
        with pytest.raises(DefinitionError):
            load(name)


def test_a_file_that_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="is no regular file"):
        load("/dev/null")
    link = tmp_path / "loop.yaml"
    link.symlink_to(link)
    with pytest.raises(DefinitionError):
        load(link)


def survives(path: Path, data: bytes) -> None:
    """Loading ends with a definition or with findings, never with another exception."""
    path.write_bytes(data)
    try:
        load(path)
    except DefinitionError as error:
        for finding in error.findings:
            line = str(finding)
            assert "\n" not in line, line
            assert line.startswith((path.as_posix(), "cache.yaml")), line


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "odd.yaml", data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_any_text(tmp_path: Path, text: str) -> None:
    survives(tmp_path / "odd.yaml", text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("seed", range(60))
def test_a_mutated_definition(tmp_path: Path, seed: int) -> None:
    """The shipped definition with lines dropped, doubled, cut, swapped and words replaced by others."""
    chance = random.Random(seed)
    lines = CACHE.splitlines()
    words = ["null", "[]", "{}", "-1", "1e999", "get", "cache", "'", "[", "{a: b}", "true", "hit_ratio", "<<: *x", "up"]
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
            case 3:
                key, colon, _ = lines[at].partition(":")
                lines[at] = f"{key}{colon} {chance.choice(words)}"
            case 4:
                lines[at] = "  " + lines[at]
            case 5:
                lines[at] = lines[at].replace("a", chance.choice(words))
    survives(tmp_path / "mutated.yaml", "\n".join(lines).encode())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ["labels", "metrics", "events", "signals", "alerts", "slos", "dashboards", "stack", "extends", "includes"]
    ),
)
def test_any_value_under_any_key(tmp_path: Path, value: object, key: str) -> None:
    import yaml

    document = {"stackgen": 1, "name": "x", "title": "X", key: value}
    survives(tmp_path / "odd.yaml", yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass"))
