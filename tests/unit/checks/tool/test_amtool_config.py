"""tool/amtool-config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.checks.reference_tools import ReferenceTools
from stackgen.checks.running import Request, run
from stackgen.stack.binaries import Located
from tests.unit.checks.asking import TODAY

ID = "tool/amtool-config"


Found = Callable[[str], list[str]]


@pytest.fixture
def found(binary: Callable[[str], Located], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """The problems of a configuration."""
    tools = ReferenceTools(amtool=binary("amtool"))
    monkeypatch.chdir(tmp_path)

    def problems(text: str) -> list[str]:
        Path("alertmanager.yml").write_text(text)
        request = Request(paths=["alertmanager.yml"], today=TODAY, tools=tools, only=(ID,))
        return [each.problem for each in run(request).findings]

    return problems


def test_what_amtool_refuses_is_told(found: Found) -> None:
    assert found("route: {receiver: x}\nreceivers: []\n") == ['amtool: undefined receiver "x" used in route']


def test_what_amtool_takes_is_right(found: Found) -> None:
    assert found("route: {receiver: x}\nreceivers: [{name: x}]\n") == []
