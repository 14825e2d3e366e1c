"""rule/severity-unrouted."""

from __future__ import annotations

from tests.unit.checks.asking import files, rule_file

ID = "rule/severity-unrouted"


ALERTMANAGER = """\
route:
  receiver: all
  routes:
    - matchers: ['severity=~"critical|warning"', 'team="storage"']
    - match: {severity: page}
    - matchers: [tier="front"]
receivers: [{name: all}]
"""


def found(labels: str, config: str = ALERTMANAGER) -> list[str]:
    text = rule_file(f"- alert: X\n  expr: up == 0\n  labels: {labels}")
    return [each.problem for each in files(ID, {"rules.yaml": text, "alertmanager.yml": config})]


def test_a_severity_that_no_route_takes_is_found() -> None:
    assert found("{severity: critcal}") == ["no route of alertmanager.yml takes severity 'critcal'"]
    assert found("{severity: critical, team: network}") != []


def test_routes_take_by_all_their_matchers_old_and_new() -> None:
    assert found("{severity: critical, team: storage}") == []
    assert found("{severity: page}") == []
    assert found("{severity: odd, tier: front}") == []


def test_a_tree_that_does_not_route_by_severity_takes_everything() -> None:
    assert found("{severity: odd}", "route: {receiver: all}\nreceivers: [{name: all}]") == []


def test_a_severity_that_a_template_makes_is_not_judged() -> None:
    assert found("{severity: '{{ if true }}critical{{ end }}'}") == []


def test_a_severity_of_another_name_than_the_routes_go_by_is_found() -> None:
    by_severity = ALERTMANAGER.replace('    - matchers: [tier="front"]\n', "")
    (problem,) = found("{sloth_severity: page}", by_severity)
    assert problem == "no route of alertmanager.yml takes sloth_severity 'page': its routes go by severity"
    assert found("{sloth_severity: page, severity: page}", by_severity) == []
    assert found("{sloth_severity: page, tier: front}") == []
    by_sloths = ALERTMANAGER.replace("match: {severity: page}", "match: {sloth_severity: page}")
    assert found("{sloth_severity: page}", by_sloths) == []
