"""`stackgen verify` as people type it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from stackgen.cli import main
from tests.unit.checks.exposition import shop


class Shop:
    """A shop that runs, as its definition says but for what a test changes."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.orders = Counter("shop_orders", "Orders.", ["method", "country"], registry=registry)
        self.waiting = Gauge("shop_waiting", "Orders that wait.", registry=registry)
        self.duration = Histogram("shop_duration_seconds", "Time.", buckets=[0.1, 1], registry=registry)
        self.orders.labels("card", "at").inc()
        self._server, _ = start_http_server(0, "127.0.0.1", registry)
        self.url = f"http://127.0.0.1:{self._server.server_port}/metrics"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.chdir(tmp_path)
    shop.definition(tmp_path)
    made = Shop()
    yield made
    made.close()


def test_what_agrees_is_told_with_its_coverage(running: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", running.url, "--definition", "shop.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop: 3 of 3 metrics seen (100%), 1 of 2 label values (50%), 3 series",
        "  label values not seen: method=cash",
        "1 target, 3 metrics, 9 series: nothing found",
    ]


def test_findings_stand_at_the_definition_and_fail_as_asked(running: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    running.orders.labels("voucher", "at").inc()
    words = ["verify", running.url, "--definition", "shop.yaml"]
    assert main(words) == 1
    told = f"shop.yaml:5:3: warning: labels.method: label 'method' has 'voucher' at {running.url}"
    assert told in capsys.readouterr().out
    assert main([*words, "--fail-on", "error"]) == 0
    assert main([*words, "--skip", "exposition/unknown-value"]) == 0


def test_every_format_is_what_it_says(running: Shop, tmp_path: Path) -> None:
    running.orders.labels("voucher", "at").inc()
    words = ["verify", running.url, "--definition", "shop.yaml", "--fail-on", "never", "--output", "out", "--format"]
    out = tmp_path / "out"
    assert main([*words, "json"]) == 0
    report = json.loads(out.read_text())
    assert report["checked"] == {"targets": 1, "metrics": 3, "series": 11}
    assert report["findings"][0]["docs"] == "docs/checks/exposition/unknown-value.md"
    assert report["coverage"][0]["values"] == {"seen": 1, "declared": 2, "share": 0.5, "unseen": ["method=cash"]}
    assert main([*words, "github"]) == 0
    assert out.read_text().startswith("::warning file=shop.yaml,line=5,col=3,title=exposition/unknown-value::")
    assert main([*words, "sarif"]) == 0
    assert json.loads(out.read_text())["runs"][0]["results"][0]["ruleId"] == "exposition/unknown-value"
    assert main([*words, "junit"]) == 0
    assert ET.fromstring(out.read_text()).find(".//failure") is not None
    assert main([*words, "codeclimate"]) == 0
    assert json.loads(out.read_text())[0]["check_name"] == "exposition/unknown-value"


def test_between_two_looks_what_moves_is_told_from_what_does_not(
    running: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    over = threading.Event()

    def buy() -> None:
        while not over.wait(0.02):
            running.orders.labels("cash", "at").inc()

    buyer = threading.Thread(target=buy)
    buyer.start()
    try:
        words = ["verify", running.url, "--definition", "shop.yaml", "--window", "500ms", "--format", "json"]
        assert main(words) == 0
    finally:
        over.set()
        buyer.join()
    report = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in report["findings"]] == ["metrics.duration"]
    assert (report["coverage"][0]["moved"], report["coverage"][0]["counted"]) == (1, 2)


def test_one_target_that_is_down_is_a_finding_and_all_are_an_error(
    running: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    down = "http://127.0.0.1:1/metrics"
    assert main(["verify", running.url, down, "--definition", "shop.yaml"]) == 1
    assert f"{down}:1:1: error: cannot be asked: Connection refused" in capsys.readouterr().out
    assert main(["verify", down, "--definition", "shop.yaml"]) == 2
    assert capsys.readouterr().err == f"{down}: cannot be asked: Connection refused; check the address\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--definition", "nothing"], "no pack and no file 'nothing'"),
        (["--definition", "shop.yaml", "--only", "exposition/mising"], "did you mean 'exposition/missing'?"),
        (["--definition", "shop.yaml", "--interval", "soon"], "--interval soon: is no time between two looks"),
        (["--definition", "shop.yaml", "--window", "-1s"], "--window"),
    ],
)
def test_what_cannot_be_is_one_line(
    running: Shop, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code: object = None
    try:
        code = main(["verify", running.url, *words])
    except SystemExit as exit_:
        code = exit_.code  # argparse's own refusal
    assert code == 2
    assert message in capsys.readouterr().err


def test_what_is_watched_adds_up_until_somebody_ends_it(running: Shop) -> None:
    command = [sys.executable, "-u", "-m", "stackgen", "verify", running.url, "--definition", "shop.yaml"]
    command += ["--watch", "--interval", "100ms"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        running.orders.labels("voucher", "at").inc()
        line = process.stdout.readline()
        assert line.startswith("+ shop.yaml:5:3: warning: labels.method")
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert error == ""
    assert process.returncode == 1
    assert "1 of 2 label values (50%)" in rest


def test_a_watch_with_a_window_ends_by_itself(running: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", running.url, "--definition", "shop.yaml", "--watch", "--interval", "100ms", "--window", "300ms"]
    assert main(words) == 0
    assert "counters and histograms moved" in capsys.readouterr().out
