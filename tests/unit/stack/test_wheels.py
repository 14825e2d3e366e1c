"""When the wheels of the stack's own image are made, and when they are left alone."""

from __future__ import annotations

import json
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack import wheels
from stackgen.stack.wheels import stage_wheels


class Installed(Distribution):
    """A distribution as pip leaves it."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    def read_text(self, filename: str) -> str | None:
        if filename == "direct_url.json":
            return None if self._url is None else json.dumps({"url": self._url, "dir_info": {"editable": True}})
        return "Name: stackgen\nVersion: 1.2.3\n"

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip is asked for; it gives a wheel without going anywhere."""
    requests: list[tuple[str, ...]] = []

    def pip(folder: Path, *requirements: str) -> None:
        requests.append(requirements)
        folder.mkdir()
        (folder / "stackgen-1.2.3-py3-none-any.whl").touch()

    monkeypatch.setattr(wheels, "_pip_wheel", pip)
    return requests


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "a project"
    (project / "stackgen").mkdir(parents=True)
    (project / "stackgen" / "code.py").write_text("1")
    monkeypatch.setattr(wheels, "distribution", lambda name: Installed(project.as_uri()))
    return project


def test_an_editable_install_is_packed_as_it_is_now(source: Path, tmp_path: Path, asked: list[tuple[str, ...]]) -> None:
    folder = tmp_path / "workload" / "wheels"
    assert stage_wheels(folder) is True
    assert asked[0][0] == f"stackgen[workload] @ {source.as_uri()}"
    assert (folder / "stackgen-1.2.3-py3-none-any.whl").exists()
    assert (folder / ".gitignore").read_text() == "*\n"


def test_they_are_made_again_only_when_the_sources_have_changed(
    source: Path, tmp_path: Path, asked: list[tuple[str, ...]]
) -> None:
    folder = tmp_path / "wheels"
    stage_wheels(folder)
    assert stage_wheels(folder) is False
    (source / "stackgen" / "code.py").write_text("2")
    assert stage_wheels(folder) is True
    (source / "stackgen" / "__pycache__").mkdir()
    (source / "stackgen" / "__pycache__" / "code.pyc").touch()
    assert stage_wheels(folder) is False
    assert len(asked) == 2


def test_wheels_that_somebody_put_there_are_left_alone(
    source: Path, tmp_path: Path, asked: list[tuple[str, ...]]
) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "stackgen-9-py3-none-any.whl").touch()
    assert stage_wheels(tmp_path / "wheels") is False
    assert asked == []


def test_a_release_is_taken_from_the_index(
    tmp_path: Path, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "distribution", lambda name: Installed(None))
    stage_wheels(tmp_path / "wheels")
    assert asked[0][0] == "stackgen[workload]==1.2.3"


def test_sources_that_are_gone_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "distribution", lambda name: Installed((tmp_path / "gone").as_uri()))
    with pytest.raises(StackgenError, match=r"stackgen was installed from .*/gone, which is gone; install it again"):
        stage_wheels(tmp_path / "wheels")


def test_what_pip_cannot_get_is_said_with_pips_reason(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(StackgenError, match="the wheels for the stack's own services cannot be made: "):
        stage_wheels(tmp_path / "wheels")
    assert not (tmp_path / "wheels").exists()
