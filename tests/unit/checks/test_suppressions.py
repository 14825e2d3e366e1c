"""What a comment leaves out, and how far it reaches."""

from __future__ import annotations

import json

from tests.unit.checks.asking import board, panel, report, rule_file

COMMENT = "# stackgen: ignore[rule/no-for] a breaker does not open by mistake"


def found(text: str) -> list[str]:
    """The alerts that fire at once, by the line they stand on."""
    findings = report({"rules.yaml": text}, definition="").findings
    return [f"line {each.place.line}" for each in findings if each.id == "rule/no-for"]


def two(first: str = "", inside: str = "", last: str = "") -> str:
    """Two alerts that fire at once, on lines 5 and 9, and a comment somewhere."""
    return rule_file(
        f"{first or '#'}\n- alert: One\n{inside or '  # x'}\n  expr: up == 0\n"
        f"{last or '#'}\n- alert: Two\n  # x\n  expr: up == 1"
    )


def test_without_a_comment_all_is_told() -> None:
    assert found(two()) == ["line 5", "line 9"]


def test_above_a_rule_it_holds_for_that_rule() -> None:
    assert found(two(first=COMMENT)) == ["line 9"]
    assert found(two(last=COMMENT)) == ["line 5"]


def test_inside_of_a_rule_it_holds_for_that_rule() -> None:
    assert found(two(inside=f"  {COMMENT}")) == ["line 9"]


def test_several_lines_of_comment_belong_together() -> None:
    assert found(two(first=f"{COMMENT}\n# and more of it\n# over three lines")) == ["line 11"]


def test_for_the_file_it_holds_everywhere() -> None:
    assert found(f"# stackgen: ignore-file[rule/no-for] all of these are about breakers\n{two()}") == []


def test_other_checks_are_told_still() -> None:
    assert found(two(first=COMMENT.replace("no-for", "severity-missing"))) == ["line 5", "line 9"]


def test_without_a_reason_or_after_its_day_it_is_not_heeded() -> None:
    assert found(two(first="# stackgen: ignore[rule/no-for]")) != ["line 9"]
    assert found(two(first=f"{COMMENT} until 2026-11-20")) == ["line 5", "line 9"]
    assert found(two(first=f"{COMMENT} until 2026-11-21")) == ["line 9"]


def test_what_looks_like_one_in_a_text_is_none() -> None:
    text = two().replace("expr: up == 0", "expr: up == 0\n        annotations: {x: 'stackgen: ignore[rule/no-for] no'}")
    assert len(found(text)) == 2


def test_in_a_dashboard_it_holds_for_the_panel_that_it_stands_in() -> None:
    words = "Text. <!-- stackgen: ignore[dashboard/panel-title] the text says it -->"
    one, other = panel(title="", description=words), panel(id=2, title="")
    text = json.dumps(board(one, other), indent=2)
    places = [each.path for each in report({"board.json": text}).findings]
    assert places == ["panels[1].title"]


def test_in_a_row_it_holds_for_the_panel_and_not_for_the_row() -> None:
    words = "stackgen: ignore[dashboard/panel-title] the text says it"
    row = {"id": 5, "type": "row", "title": "", "collapsed": True, "panels": [panel(title="", description=words)]}
    places = [each.path for each in report({"board.json": json.dumps(board(row), indent=2)}).findings]
    assert places == ["panels[0].title"]


def test_elsewhere_in_a_dashboard_it_holds_for_all_of_it() -> None:
    words = "stackgen: ignore[dashboard/panel-title] titles are in the pictures"
    data = board(panel(title=""), panel(id=2, title=""), description=words)
    assert report({"board.json": json.dumps(data, indent=2)}).findings == ()
