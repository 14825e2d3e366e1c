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
from tests.promtools import native, of_image

DEFINITIONS = {
    **{pack: pack for pack in packs()},
    "job queue": str(Path(__file__).parents[1] / "definitions" / "job_queue.yaml"),
    "edges": str(Path(__file__).parents[1] / "definitions" / "edges.yaml"),
    "batch": str(Path(__file__).parents[1] / "definitions" / "batch.yaml"),
    "node": str(Path(__file__).parents[1] / "definitions" / "node.yaml"),
}


#: Those whose tests promtool 3 runs too; over all of them it runs for minutes, and it reads the language of its elder.
ON_BOTH = ("cache", "job queue")

#: Each definition under its name, with which generation of promtool.
RUNS = [
    *((name, "native") for name in DEFINITIONS),
    *(pytest.param(name, "image", marks=pytest.mark.docker) for name in ON_BOTH),
]


@pytest.mark.parametrize(("name", "generation"), RUNS)
def test_the_generated_tests_pass(name: str, generation: str, binary: Callable[[str], Located], tmp_path: Path) -> None:
    promtool = native(binary("promtool")) if generation == "native" else of_image()
    definition = load(DEFINITIONS[name])
    for path, text in {**rules.generate(definition), **tests.generate(definition)}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    passed, said = promtool(tmp_path, sorted(file.name for file in tmp_path.glob("*.tests.yaml")))
    assert passed, said


@pytest.mark.parametrize("which", ["cache", "edges", "node", "batch"])
def test_every_alert_is_tested(which: str) -> None:
    definition = load(DEFINITIONS[which])
    written = "".join(tests.generate(definition).values())
    for name in [*definition.alerts, *(conventions.slo_alert_name(definition, key) for key in definition.slos)]:
        assert f"name: '{name}: " in written, name


@pytest.mark.parametrize(
    ("which", "matcher", "without"),
    [
        ("node", 'fstype!~"tmpfs|fuse.*"', 'fstype!~"none"'),
        ("node", 'device=~"(eth|en[ops]).*"', 'device=~".*"'),
        ("batch", " != 0", ""),
    ],
)
def test_what_is_left_out_is_noticed_when_it_is_not(
    which: str, matcher: str, without: str, binary: Callable[[str], Located], tmp_path: Path
) -> None:
    definition = load(DEFINITIONS[which])
    for path, text in {**rules.generate(definition), **tests.generate(definition)}.items():
        (tmp_path / path).write_text(text.replace(matcher, without), encoding="utf-8")
    passed, _ = native(binary("promtool"))(tmp_path, [f"{which}.tests.yaml"])
    assert not passed


# -- mutants ----------------------------------------------------------------------------------------------------------

#: Of so many mutants one is tried here, evenly over all rules; `make bench` tries all of them on both generations.
ONE_IN = 16


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_rules_that_were_made_wrong_are_noticed(binary: Callable[[str], Located], tmp_path: Path) -> None:
    definition = load("cache")
    every = list(mutants(rules.generate(definition)))
    assert len(every) > 300
    chosen = every[::ONE_IN]
    alive = survivors(chosen, tests.generate(definition), native(binary("promtool")), tmp_path)
    assert 1 - len(alive) / len(chosen) >= 0.95, alive
