"""The reference checkers, from the distribution's packages, on the generated configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.generators import compose
from stackgen.stack.binaries import Located, locate
from tests.conftest import require

DEFINITIONS = ["cache", str(Path(__file__).parents[1] / "definitions" / "job_queue.yaml")]


def checker(name: str) -> Located:
    try:
        return locate(name, lambda _: None)
    except StackgenError as error:
        require(False, str(error))
        raise


@pytest.mark.parametrize("definition", DEFINITIONS, ids=["cache", "job_queue"])
@pytest.mark.parametrize(
    ("name", "words", "path"),
    [
        ("promtool", ("check", "config", "--lint=all"), "prometheus/prometheus.yml"),
        ("amtool", ("check-config",), "alertmanager/alertmanager.yml"),
    ],
)
def test_the_configuration_is_found_right(
    definition: str, name: str, words: tuple[str, ...], path: str, tmp_path: Path
) -> None:
    file = tmp_path / Path(path).name
    file.write_text(compose.generate(load(definition))[path], encoding="utf-8")
    checked = checker(name).run(*words, str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout
