"""`stackgen infer` as people type it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.cli import main

_TEXT = "# TYPE shop_orders_total counter\nshop_orders_total 1\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("metrics.txt").write_text(_TEXT)


def test_the_definition_goes_to_the_standard_output_or_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infer", "metrics.txt"]) == 0
    printed = capsys.readouterr().out
    assert main(["infer", "metrics.txt", "--out", "shop.yaml"]) == 0
    assert Path("shop.yaml").read_text() == printed
    assert capsys.readouterr().out.startswith("wrote shop.yaml: 1 metrics, 2 signals, 1 alerts, 1 dashboards; next:\n")
    assert main(["validate", "shop.yaml"]) == 0


def test_a_file_that_is_there_is_left_alone_without_force(capsys: pytest.CaptureFixture[str]) -> None:
    Path("shop.yaml").write_text("mine")
    assert main(["infer", "metrics.txt", "--out", "shop.yaml"]) == 2
    assert "shop.yaml: is there already and is left alone" in capsys.readouterr().err
    assert Path("shop.yaml").read_text() == "mine"
    assert main(["infer", "metrics.txt", "--out", "shop.yaml", "--force"]) == 0
    assert Path("shop.yaml").read_text() != "mine"


def test_where_nothing_can_be_written_nothing_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infer", "metrics.txt", "--out", "nowhere/shop.yaml"]) == 2
    assert "nowhere/shop.yaml: cannot be written: No such file or directory" in capsys.readouterr().err
    assert sorted(each.name for each in Path().iterdir()) == ["metrics.txt"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.txt"], "nothing.txt: cannot be read: no such file or directory"),
        (["metrics.txt", "--window", "1s"], "metrics.txt: a file does not move; leave --window out"),
        (["metrics.txt", "--job", "x"], "metrics.txt: is a file, which has no jobs; leave --job out"),
        (["http://127.0.0.1:1/metrics", "--window", "soon"], "--window soon: is no time to wait"),
    ],
)
def test_what_cannot_be_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infer", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
