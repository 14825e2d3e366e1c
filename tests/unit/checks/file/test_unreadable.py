"""file/unreadable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackgen.checks.running import Request, run
from tests.unit.checks.asking import TODAY

ID = "file/unreadable"


def found(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(data)
    return [f"{f.place}: {f.problem}" for f in run(Request(paths=["x.yaml"], today=TODAY, only=(ID,))).findings]


def test_what_is_no_text_is_found_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(b"groups:\n- \xff", tmp_path, monkeypatch) == ["x.yaml:2:3: byte 0xff is not UTF-8"]
    assert found(b"a\0b", tmp_path, monkeypatch) == ["x.yaml:1:2: a NUL byte"]
    too_much = found(b"#" * 5_000_000, tmp_path, monkeypatch)
    assert too_much == ["x.yaml:1:1: holds 5,000,000 bytes; no more than 4,000,000 are read"]


def test_what_has_no_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.yaml")
    findings = run(Request(paths=["pipe.yaml", "/dev/zero"], today=TODAY, only=(ID,))).findings
    assert [each.problem for each in findings] == ["is no regular file"] * 2


def test_a_link_that_leads_nowhere_is_found_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").symlink_to("nowhere")
    assert len(run(Request(paths=["."], today=TODAY)).findings) == 1


def test_utf_8_with_a_mark_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("\ufeffgroups: []".encode(), tmp_path, monkeypatch) == []
