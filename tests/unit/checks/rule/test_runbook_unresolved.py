"""rule/runbook-unresolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.asking import rules

ID = "rule/runbook-unresolved"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the runbook of one alert."""
    monkeypatch.chdir(tmp_path)
    page = Path("alerts/runbooks/cache/CacheEvicting.md")
    page.parent.mkdir(parents=True)
    page.write_text("# CacheEvicting\n")


def found(url: str) -> list[str]:
    return rules(ID, f"- alert: X\n  expr: up == 0\n  annotations: {{runbook_url: '{url}'}}")


def test_a_page_of_a_definition_that_was_not_generated_is_found() -> None:
    base = "http://127.0.0.1:9095/runbooks/cache"
    assert found(f"{base}/Nothing") == ["there is no page runbooks/cache/Nothing.md for it"]
    assert found(f"{base}/CacheEvicting#fix") == []


def test_a_relative_link_has_to_have_its_file() -> None:
    assert found("alerts/runbooks/cache/CacheEvicting.md") == []
    assert found("see the wiki") == ["there is no page 'see the wiki'"]


def test_pages_elsewhere_are_not_fetched_and_templates_not_judged() -> None:
    assert found("https://runbooks.example.org/x") == []
    assert found("{{ $externalLabels.base }}/x") == []


def test_what_is_no_address_is_found() -> None:
    assert found("ftp://x/y") == ["'ftp://x/y' is no address"]
    assert found("http://[x/y") == ["'http://[x/y' is no address"]
