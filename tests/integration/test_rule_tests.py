"""The generated tests of the rules pass on the rules as they are, and fail on rules that were made wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen import conventions
from stackgen.definition import load, packs
from stackgen.generators import rules, tests
from stackgen.stack.binaries import Located
from tests.mutants import mutants, survivors
from tests.promtools import Promtool, native, of_image

DEFINITIONS = {
    **{pack: pack for pack in packs()},
    "job queue": str(Path(__file__).parents[1] / "definitions" / "job_queue.yaml"),
}


@pytest.fixture(params=["native", pytest.param("image", marks=pytest.mark.docker)])
def promtool(request: pytest.FixtureRequest, binary: Callable[[str], Located]) -> Promtool:
    """Promtool of both generations."""
    return native(binary("promtool")) if request.param == "native" else of_image()


@pytest.mark.parametrize("source", DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_the_generated_tests_pass(source: str, promtool: Promtool, tmp_path: Path) -> None:
    definition = load(source)
    for path, text in {**rules.generate(definition), **tests.generate(definition)}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    passed, said = promtool(tmp_path, sorted(file.name for file in tmp_path.glob("*.tests.yaml")))
    assert passed, said


def test_every_alert_of_the_shipped_definition_is_tested() -> None:
    definition = load("cache")
    written = "".join(tests.generate(definition).values())
    for name in [*definition.alerts, *(conventions.slo_alert_name(definition, key) for key in definition.slos)]:
        assert f"name: '{name}: " in written, name


# -- mutants ----------------------------------------------------------------------------------------------------------

#: Of so many mutants one is tried here, evenly over all rules; `make bench` tries all of them on both generations.
ONE_IN = 8


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_rules_that_were_made_wrong_are_noticed(binary: Callable[[str], Located], tmp_path: Path) -> None:
    definition = load("cache")
    every = list(mutants(rules.generate(definition)))
    assert len(every) > 300
    chosen = every[::ONE_IN]
    alive = survivors(chosen, tests.generate(definition), native(binary("promtool")), tmp_path)
    assert 1 - len(alive) / len(chosen) >= 0.95, alive
