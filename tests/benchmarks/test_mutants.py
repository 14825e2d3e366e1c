"""How many of the rules that were made wrong the generated tests notice, on both generations of Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.generators import rules, tests
from stackgen.stack.binaries import Located
from tests.mutants import mutants, survivors
from tests.promtools import native, of_image

#: The bar of the project.
NOTICED = 0.95


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("generation", ["native", pytest.param("image", marks=pytest.mark.docker)])
def test_rules_that_were_made_wrong_are_noticed(
    generation: str, binary: Callable[[str], Located], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = load("cache")
    promtool = native(binary("promtool")) if generation == "native" else of_image()
    every = list(mutants(rules.generate(definition)))
    alive = survivors(every, tests.generate(definition), promtool, tmp_path)
    noticed = 1 - len(alive) / len(every)
    with capsys.disabled():
        sys.stdout.write(f"\n{generation}: {noticed:.1%} of {len(every)} mutants noticed; not noticed:\n")
        sys.stdout.writelines(f"  {name}\n" for name in alive)
    assert noticed >= NOTICED
