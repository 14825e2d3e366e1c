"""Any text as input: findings, never a traceback. What is wrong is told at a place that is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stackgen.checks.reading import Subjects, read_source
from stackgen.checks.reports import FORMATS
from stackgen.checks.running import Request, examine
from stackgen.checks.texts import SourceText
from tests.unit.checks.asking import TODAY, alert, board, of_pack, panel

_CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(path for path in _CORPUS.rglob("*.*") if path.suffix in (".yaml", ".yml", ".json"))
TEXTS = {path.relative_to(_CORPUS).as_posix(): path.read_bytes().decode("utf-8", "replace") for path in FILES}

#: Pieces that mean something to one of the languages that are read.
PIECES = st.sampled_from(
    [
        "{", "}", "[", "]", "(", ")", '"', "'", "`", "|", ">", ":", "- ", "&a ", "*a", "<<: ", "!!python ", "{{", "}}",
        "$", "${", "[[", "]]", "$__rate_interval", "#", "\\", "\\u0000", "\n", "\t", " ", "null", "0", "-1", "1e999",
        "5m", "=~", "offset ", "by (", "@ ", "stackgen: ignore[", "until 9999-99-99", "ü", "\u2028", "\U0001f600",
    ]
)  # fmt: skip


def everything(name: str, text: str) -> None:
    """Ask all checks about a text, write all reports, and hold the places against the text."""
    subjects = Subjects()
    read_source(SourceText(name, text), subjects)
    subjects.definitions.clear()  # they are loaded from files, by code that has its own hostile tests
    report = examine(subjects, *of_pack("cache"), Request(paths=(), today=TODAY))
    lines = text.count("\n") + 1
    for finding in report.findings:
        assert finding.place.file == name
        assert 1 <= finding.place.line <= lines
        assert finding.place.column >= 1
        assert "\n" not in str(finding)
    for write in FORMATS.values():
        assert write(report)


@given(st.text(), st.sampled_from(["x.yaml", "x.json"]))
def test_any_text(text: str, name: str) -> None:
    everything(name, text)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_mutilated_files(name: str, data: st.DataObject) -> None:
    text = TEXTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        text = text[:start] + data.draw(PIECES | st.just("")) + text[end:]
    everything(name, text)


@settings(max_examples=150)
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_truncated_files(name: str, data: st.DataObject) -> None:
    everything(name, TEXTS[name][: data.draw(st.integers(0, len(TEXTS[name])))])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
KEYS = st.sampled_from(["expr", "type", "list", "uid", "panels"])
ODD = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(KEYS, SCALARS)


def replaced(value: Any, data: st.DataObject) -> Any:
    """A JSON value of which some part is something else."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: replaced(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], replaced(value[index], data), *value[index + 1 :]]
    return data.draw(ODD)


BOARDS = [name for name in sorted(TEXTS) if name.startswith("good/") and name.endswith(".json")]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(BOARDS), st.data())
def test_dashboards_with_parts_of_other_types(name: str, data: st.DataObject) -> None:
    value = json.loads(TEXTS[name])
    for _ in range(2):
        value = replaced(value, data)
    everything("x.json", json.dumps(value, indent=1))


@settings(max_examples=300)
@given(st.lists(PIECES | st.sampled_from(["up", "sum", "rate(", "x_total", "/", ">", "and", ","]), max_size=12))
@example(["$", "${", "[["])
@example(["[", "$__rate_interval", "]"])
def test_any_expression(pieces: list[str]) -> None:
    expr = "".join(pieces)
    everything("x.json", json.dumps(board(panel(expr)), indent=2))
    everything("x.yaml", alert(json.dumps(expr)))
