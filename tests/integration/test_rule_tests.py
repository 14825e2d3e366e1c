"""The generated tests of the rules pass on the rules as they are, and fail on rules that were made wrong."""

from __future__ import annotations

import copy
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen import conventions
from stackgen.definition import load, packs
from stackgen.generators import rules, tests
from stackgen.stack.binaries import Located
from tests.conftest import docker_answers, require

DEFINITIONS = {
    **{pack: pack for pack in packs()},
    "job queue": str(Path(__file__).parents[1] / "definitions" / "job_queue.yaml"),
}

Promtool = Callable[[Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["native", pytest.param("image", marks=pytest.mark.docker)])
def promtool(request: pytest.FixtureRequest, binary: Callable[[str], Located]) -> Promtool:
    """`promtool test rules FILE` of both generations: the distribution's, and that of the pinned image."""
    if request.param == "native":
        return lambda file: run_promtool(binary("promtool"), file)
    image = conventions.IMAGES["prometheus"]
    present = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0
    require(docker_answers() and present, f"{image} is not here; `make images` builds a stand-in")

    def in_image(file: Path) -> subprocess.CompletedProcess[str]:
        mount = f"{file.parent}:/rules:ro"
        command = ["docker", "run", "--rm", "--network=none", "-v", mount, "--entrypoint=promtool", image]
        return subprocess.run(
            [*command, "test", "rules", f"/rules/{file.name}"], capture_output=True, text=True, check=False
        )

    return in_image


def run_promtool(program: Located, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program.path, "test", "rules", str(file)],
        env=os.environ | dict(program.environment), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("source", DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_the_generated_tests_pass(source: str, promtool: Promtool, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # the image's user reads it
    definition = load(source)
    for path, text in {**rules.generate(definition), **tests.generate(definition)}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    for file in sorted(tmp_path.glob("*.tests.yaml")):
        done = promtool(file)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_of_the_shipped_definition_is_tested() -> None:
    definition = load("cache")
    written = "".join(tests.generate(definition).values())
    for name in [*definition.alerts, *(conventions.slo_alert_name(definition, key) for key in definition.slos)]:
        assert f"name: '{name}: " in written, name


# -- mutants ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file of rules in which one rule was made wrong."""

    name: str
    file: str
    groups: list[dict[str, Any]]
    #: Alerts whose tests must notice.
    alerts: frozenset[str]


def mutants(files: dict[str, str]) -> Iterator[Mutant]:
    """Every way of making one of the rules wrong."""
    for file, text in files.items():
        groups = yaml.safe_load(text)["groups"]
        for at, group in enumerate(groups):
            for number, rule in enumerate(group["rules"]):
                noticing = frozenset([rule["alert"]] if "alert" in rule else users(groups, rule))
                for what, wrong in wrong_rules(rule):
                    changed = copy.deepcopy(groups)
                    changed[at]["rules"][number] = wrong
                    if noticing:
                        title = f"{rule.get('alert') or rule['record']}: {what}"
                        yield Mutant(title, file, changed, noticing)


def needed(mutant: Mutant) -> list[dict[str, Any]]:
    """The rules that the mutant's alerts depend on; evaluating the others would only take time."""
    if ".slo." in mutant.file:
        return mutant.groups
    (group,) = mutant.groups
    expressions = " ".join(rule["expr"] for rule in group["rules"] if rule.get("alert") in mutant.alerts)
    kept = [
        rule
        for rule in group["rules"]
        if (rule["alert"] in mutant.alerts if "alert" in rule else rule["record"] in expressions)
    ]
    return [group | {"rules": kept}]


def users(groups: list[dict[str, Any]], recorded: dict[str, Any]) -> Iterator[str]:
    """Alerts that use a recorded series (of objectives: the one with the same label)."""
    slo = recorded.get("labels", {}).get("sloth_slo")
    pattern = re.compile(rf"(?<![\w:]){re.escape(recorded['record'])}(?![\w:])")
    for group in groups:
        for rule in group["rules"]:
            if (
                "alert" in rule
                and pattern.search(rule["expr"])
                and (slo is None or f'sloth_slo="{slo}"' in rule["expr"])
            ):
                yield rule["alert"]


def wrong_rules(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One rule, made wrong in one way."""
    expr = rule["expr"]
    if "alert" in rule:
        for found in re.finditer(r"([<>])(\s+)(\d+(?:\.\d+)?)(?=\s|$|\))", expr):
            for factor in (0.5, 2) if float(found[3]) else ():  # 0 stays where it is
                moved = f"{found[1]}{found[2]}{float(found[3]) * factor:g}"
                yield f"threshold {found[3]} x {factor}", rule | {"expr": replaced(expr, found, moved)}
        for found in re.finditer(r"(?<![\w=])[<>](?!=)", expr):
            turned = "<" if found[0] == ">" else ">"
            yield f"operator {found[0]} turned", rule | {"expr": replaced(expr, found, turned)}
        if " and " in expr and "sloth" not in expr:
            yield "guard dropped", rule | {"expr": expr.split(" and ")[0]}
        if "for" in rule:
            yield "for dropped", {key: value for key, value in rule.items() if key != "for"}
            yield "for halved", rule | {"for": f"{seconds(rule['for']) // 2}s"}
        yield "severity changed", rule | {"labels": {**rule["labels"], "severity": "none", "sloth_severity": "none"}}
        yield "summary changed", rule | {"annotations": {**rule["annotations"], "summary": "Something."}}
    for found in re.finditer(r"(sum|max|min) by \([^)]*\)", expr):
        if "le" not in found[0]:
            yield f"{found[0]} dropped to {found[1]}", rule | {"expr": replaced(expr, found, found[1])}
    for found in re.finditer(r"(\w+)=(~?)(\"[^\"]*\")", expr):
        if found[1] in ("operation", "result", "state", "outcome", "le"):
            yield f"matcher {found[0]} dropped", rule | {"expr": replaced(expr, found, f'{found[1]}=~".+"')}


def replaced(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_rules_that_were_made_wrong_are_noticed(binary: Callable[[str], Located], tmp_path: Path) -> None:
    definition = load("cache")
    all_mutants = list(mutants(rules.generate(definition)))
    documents = {path: yaml.safe_load(text) for path, text in tests.generate(definition).items()}
    program = binary("promtool")

    def killed(numbered: tuple[int, Mutant]) -> bool:
        number, mutant = numbered
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / mutant.file).write_text(yaml.safe_dump({"groups": needed(mutant)}), encoding="utf-8")
        document = documents[conventions.tests_file(mutant.file)]
        chosen = [test for test in document["tests"] if test["name"].split(": ")[0] in mutant.alerts]
        file = folder / "mutant.tests.yaml"
        file.write_text(yaml.safe_dump(document | {"tests": chosen}), encoding="utf-8")
        return run_promtool(program, file).returncode != 0

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(killed, enumerate(all_mutants)))
    survivors = [mutant.name for mutant, noticed in zip(all_mutants, outcomes, strict=True) if not noticed]
    score = 1 - len(survivors) / len(all_mutants)
    assert len(all_mutants) > 80
    assert score >= 0.95, survivors
