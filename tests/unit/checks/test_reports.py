"""The formats: each says all findings, in the words that its reader knows."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from stackgen.checks.catalog import checks
from stackgen.checks.reports import FORMATS
from stackgen.checks.running import Report
from stackgen.findings import Finding, Level, Place

#: Text that every format has to escape in its own way.
ODD = 'a <b> & "c": 100%,\x07 \ud800 ü'

FINDINGS = (
    Finding(Place("a b.yaml", 3, 7), "groups[0]", ODD, "mend it", "promql/syntax", Level.ERROR),
    Finding(Place("a b.yaml", 9, 1), "", "no severity", "add one", "rule/severity-missing", Level.WARNING),
    Finding(Place("b.json", 1, 1), "editable", "editable", "", "dashboard/editable", Level.INFO),
)
REPORT = Report(findings=FINDINGS, files=3, rules=4, dashboards=1, sources={"a b.yaml": "", "b.json": "", "c.yaml": ""})
NOTHING = Report(findings=(), files=1, rules=1, dashboards=0, sources={"a.yaml": ""})


def test_text_is_a_line_for_each_and_one_that_sums_up() -> None:
    lines = FORMATS["text"](REPORT).split("\n")
    assert lines[0].startswith('a b.yaml:3:7: error: groups[0]: a <b> & "c": 100%,\\x07')
    assert lines[0].endswith("; mend it [promql/syntax]")
    assert lines[1:] == [
        "a b.yaml:9:1: warning: no severity; add one [rule/severity-missing]",
        "b.json:1:1: info: editable: editable [dashboard/editable]",
        "3 files, 4 rules, 1 dashboard: 1 error, 1 warning, 1 hint",
    ]


def test_nothing_found_is_said() -> None:
    assert FORMATS["text"](NOTHING) == "1 file, 1 rule, 0 dashboards: nothing found"


def test_json_has_everything() -> None:
    document = json.loads(FORMATS["json"](REPORT))
    assert document["checked"] == {"files": 3, "rules": 4, "dashboards": 1}
    assert document["findings"][1] == {
        "id": "rule/severity-missing",
        "level": "warning",
        "file": "a b.yaml",
        "line": 9,
        "column": 1,
        "path": "",
        "problem": "no severity",
        "why": "Routing and inhibition go by the severity; without one, an alert goes wherever the default is.",
        "cure": "add one",
        "docs": "docs/checks/rule/severity-missing.md",
        "fixable": False,
    }
    assert document["findings"][0]["problem"] == ODD


def test_github_shows_each_beside_its_line() -> None:
    lines = FORMATS["github"](REPORT).split("\n")
    assert lines[0].startswith("::error file=a b.yaml,line=3,col=7,title=promql/syntax::groups[0]: a <b>")
    assert "100%25," in lines[0]
    assert lines[1].startswith("::warning file=a b.yaml,line=9,col=1,title=rule/severity-missing::no severity")
    assert lines[2].startswith("::notice file=b.json")


def test_sarif_names_checks_as_rules() -> None:
    (run,) = json.loads(FORMATS["sarif"](REPORT))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["dashboard/editable", "promql/syntax", "rule/severity-missing"]
    first = run["results"][0]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("promql/syntax", 1, "error")
    texts = run["tool"]["driver"]["rules"][1]["help"]
    assert texts["text"] == checks()["promql/syntax"].meta.why
    assert texts["markdown"].startswith("# promql/syntax\n\n**error**: the expression does not parse.\n\n")
    assert "docs/" not in texts["text"] + texts["markdown"]
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b.yaml"
    assert location["region"] == {"startLine": 3, "startColumn": 7}


def test_junit_is_xml_with_a_suite_for_each_file() -> None:
    root = ET.fromstring(FORMATS["junit"](REPORT))
    suites = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in root}
    assert suites == {"a b.yaml": ("2", "2"), "b.json": ("1", "0"), "c.yaml": ("1", "0")}
    failure = root.find(".//failure")
    assert failure is not None
    assert str(failure.get("message")).startswith('a <b> & "c": 100%,\ufffd')


def test_code_climate_is_a_list_of_issues() -> None:
    issues = json.loads(FORMATS["codeclimate"](REPORT))
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info"]
    assert issues[1]["location"] == {"path": "a b.yaml", "lines": {"begin": 9}}


@pytest.mark.parametrize("name", ["codeclimate", "sarif"])
def test_a_finding_keeps_its_mark_when_lines_move_and_equal_ones_have_their_own(name: str) -> None:
    def marks(*lines: int) -> list[str]:
        findings = tuple(Finding(Place("a", line), "x", "y", "z", "promql/syntax") for line in lines)
        text = FORMATS[name](Report(findings=findings, files=1, rules=1, dashboards=0, sources={}))
        document = json.loads(text)
        if name == "codeclimate":
            return [issue["fingerprint"] for issue in document]
        return [result["partialFingerprints"]["stackgen/v1"] for result in document["runs"][0]["results"]]

    assert marks(1, 2) == marks(5, 9)
    assert len(set(marks(1, 2))) == 2
