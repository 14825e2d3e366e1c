"""stack/datasource-uid."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "stack/datasource-uid"


PROVISIONED = "apiVersion: 1\ndatasources: [{name: P, uid: prometheus, type: prometheus}]"


def found(uid: str, provisioned: str = PROVISIONED) -> list[str]:
    data = board(panel(datasource={"type": "prometheus", "uid": uid}))
    return dashboard(ID, data, ("datasources.yaml", provisioned))


def test_a_uid_that_nobody_provisions_is_found() -> None:
    assert found("promtheus") == ["no datasource with the uid 'promtheus' is provisioned"]


def test_a_provisioned_one_a_variable_and_grafanas_own_are_right() -> None:
    assert found("prometheus") == found("${datasource}") == found("-- Mixed --") == []


def test_without_provisioning_nothing_is_known() -> None:
    assert found("promtheus", "groups: []") == []
