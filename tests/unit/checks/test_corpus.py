"""The corpus: files that are wrong, each with what must be found in it, and files in which nothing may be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.checks.catalog import checks
from stackgen.checks.reference_tools import installed_tools
from stackgen.checks.running import Request, run
from tests.unit.checks.asking import TODAY

_CORPUS = Path(__file__).parents[2] / "corpus"
BAD = sorted(path.name for path in (_CORPUS / "bad").iterdir())
GOOD = sorted(path.name for path in (_CORPUS / "good").iterdir())

#: Checks of what no file of the corpus can be: tools that may not be there, generated files, a file of 250 kB.
_ELSEWHERE = {"generated/drift", "tool/promtool-rules", "tool/promtool-config", "tool/amtool-config", "dashboard/size"}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as in expected.txt, relative to the corpus."""
    monkeypatch.chdir(_CORPUS)


def expected(case: str) -> list[str]:
    """What expected.txt says of a case: `file:line:column level id`."""
    lines = (_CORPUS / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith((f"bad/{case}:", f"bad/{case}/"))]


@pytest.mark.parametrize("case", BAD)
def test_exactly_what_is_wrong_is_found_at_its_place(case: str) -> None:
    report = run(Request(paths=[f"bad/{case}"], definitions=["cache"], today=TODAY))
    assert [f"{each.place} {each.level} {each.id}" for each in report.findings] == expected(case)


@pytest.mark.parametrize("case", GOOD)
def test_nothing_is_found_where_nothing_is_wrong(case: str) -> None:
    request = Request(paths=[f"good/{case}"], definitions=["cache"], today=TODAY, tools=installed_tools())
    assert [str(each) for each in run(request).findings] == []


def test_the_corpus_shows_every_check_at_work() -> None:
    shown = {line.split()[2] for case in BAD for line in expected(case)}
    asked = {each for each in checks() if not each.startswith("exposition/")}  # they look at no file
    assert shown == asked - _ELSEWHERE


@pytest.mark.parametrize("case", BAD)
def test_something_is_expected_of_every_bad_case(case: str) -> None:
    assert expected(case)


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(BAD) >= 60
    assert len(GOOD) >= 40


def test_expected_txt_speaks_of_nothing_that_is_not_there() -> None:
    lines = (_CORPUS / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(line for case in BAD for line in expected(case)) == sorted(lines)
