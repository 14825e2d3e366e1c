"""Comments in a definition hold for what is generated from the part that they stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.checks.running import Request, run
from stackgen.cli import main
from tests.unit.checks.asking import TODAY

DEFINITION = """\
stackgen: 1
name: backup
title: Nightly backup
description: A batch that pushes its metrics when it has run.
metrics:
  duration: {type: gauge, unit: seconds, help: How long the last run took., exposed: backup_duration_seconds}
signals:
  duration: {title: Duration, level: {of: duration, aggregate: max}}
alerts:
  BackupSlow: {signal: duration, above: 4h, summary: "The backup took {value}"}
  BackupVerySlow: {signal: duration, above: 8h, severity: critical, summary: "The backup took {value}"}
stack: {jobs: [pushgateway]}
"""
COMMENT = "# stackgen: ignore[rule/no-for] the batch runs once a day\n"


def found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *paths: str) -> list[tuple[str, str]]:
    """What is found in what a definition becomes: ids, with the alert or the file."""
    monkeypatch.chdir(tmp_path)
    Path("stackgen.yaml").write_text(text)
    assert main(["generate"]) == 0
    paths = paths or ("alerts", "dashboards", "compose")
    findings = run(Request(paths=paths, definitions=["stackgen.yaml"], today=TODAY)).findings
    lines = {file: Path(file).read_text().splitlines() for file in {each.place.file for each in findings}}
    return [(each.id, lines[each.place.file][each.place.line - 1].split()[-1]) for each in findings]


def test_at_an_alert_it_holds_for_the_rule_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(DEFINITION, tmp_path, monkeypatch) == [
        ("rule/no-for", "BackupSlow"),
        ("rule/no-for", "BackupVerySlow"),
    ]
    above = DEFINITION.replace("  BackupSlow", f"  {COMMENT}  BackupSlow")
    assert found(above, tmp_path, monkeypatch) == [("rule/no-for", "BackupVerySlow")]
    behind = DEFINITION.replace('took {value}"}\nstack', f'took {{value}}"}}  {COMMENT}stack')
    assert found(behind, tmp_path, monkeypatch) == [("rule/no-for", "BackupSlow")]


def test_for_the_file_it_holds_for_all_that_is_generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(COMMENT.replace("ignore", "ignore-file") + DEFINITION, tmp_path, monkeypatch) == []


BOARD = """\
dashboards:
  # stackgen: ignore[dashboard/editable] people may try things out
  runs: {title: Runs, rows: [{title: Runs, panels: [{stat: duration}]}]}
"""


def test_at_a_dashboard_it_holds_for_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("suppression/unused", "out") in found(DEFINITION + BOARD, tmp_path, monkeypatch)
    for file in Path("dashboards/backup").iterdir():
        file.write_text(file.read_text().replace('"editable": false', '"editable": true'))
    request = Request(paths=["dashboards"], definitions=["stackgen.yaml"], today=TODAY)
    left = {each.place.file for each in run(request).findings if each.id == "dashboard/editable"}
    assert left == {"dashboards/backup/alerts.json"}


def test_one_that_leaves_nothing_out_is_told_where_the_rules_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DEFINITION.replace("  BackupSlow: {", f"  {COMMENT}  BackupSlow: {{for: 5m, ")
    assert ("suppression/unused", "day") in found(text, tmp_path, monkeypatch)
    assert found(text, tmp_path, monkeypatch, "stackgen.yaml") == []
