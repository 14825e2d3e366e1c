"""`--fix`: what is certain is put right, what is generated or not certain is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.checks.fixing import fixed_texts, write_texts
from stackgen.checks.running import Request, run
from stackgen.cli import main
from stackgen.findings import Edit, Finding, Place, StackgenError
from tests.unit.checks.asking import TODAY, alert


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def finding(*edits: Edit) -> Finding:
    return Finding(Place("a"), "", "x", "y", "promql/needless-regex", edits=edits)


def test_edits_are_made_from_the_front_and_none_twice() -> None:
    edits = [Edit("a", 4, 5, "E"), Edit("a", 0, 1, "A"), Edit("a", 0, 1, "A"), Edit("a", 6, 6, "!")]
    assert fixed_texts([finding(edit) for edit in edits], {"a": "abcdef"}) == {"a": "AbcdEf!"}


def test_of_edits_that_overlap_the_first_is_made() -> None:
    assert fixed_texts([finding(Edit("a", 0, 3, "X"), Edit("a", 2, 4, "Y"))], {"a": "abcdef"}) == {"a": "Xdef"}


def test_what_was_put_right_is_not_found_again() -> None:
    Path("rules.yaml").write_text(alert('up{job=~"cache", x!~"^a.*$"} == 0'))
    request = Request(paths=["rules.yaml"], today=TODAY)
    before = run(request)
    write_texts(fixed_texts(before.findings, before.sources))
    assert 'up{job="cache", x!~"a.*"} == 0' in Path("rules.yaml").read_text()
    fixable = {each.id for each in before.findings if each.edits}
    assert fixable == {"promql/needless-regex", "promql/anchored-regex"}
    assert not fixable & {each.id for each in run(request).findings}


def test_comments_line_ends_and_all_else_stay() -> None:
    text = alert('up{job=~"cache"} == 0').replace("\n", "\r\n") + "# ü\r\n"
    Path("rules.yaml").write_bytes(text.encode())
    report = run(Request(paths=["rules.yaml"], today=TODAY))
    write_texts(fixed_texts(report.findings, report.sources))
    assert Path("rules.yaml").read_bytes() == text.replace("=~", "=").encode()


def test_generated_files_are_left_to_their_definition() -> None:
    main(["generate", "cache"])
    file = Path("alerts/cache.rules.yaml")
    text = file.read_text().replace('result="error"', 'result=~"error"', 1)
    file.write_text(text)
    report = run(Request(paths=["alerts"], today=TODAY))
    assert "promql/needless-regex" in [each.id for each in report.findings]
    assert fixed_texts(report.findings, report.sources) == {}


def test_a_file_that_cannot_be_written_is_one_line() -> None:
    with pytest.raises(StackgenError, match=r"^nowhere/a: cannot be written"):
        write_texts({"nowhere/a": "x"})


def test_the_mode_of_a_file_stays() -> None:
    Path("a").write_text("x")
    Path("a").chmod(0o640)
    write_texts({"a": "y"})
    assert (Path("a").read_text(), Path("a").stat().st_mode & 0o777) == ("y", 0o640)
