"""Rules that were made wrong in one place each, and the tests that should notice: how good the generated tests are."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.promtools import Promtool

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file of rules in which one rule was made wrong."""

    name: str
    file: str
    groups: list[dict[str, Any]]
    #: Alerts whose tests must notice.
    alerts: frozenset[str]


def mutants(files: Mapping[str, str]) -> Iterator[Mutant]:
    """Every way of making one of the rules wrong that an alert depends on."""
    for file, text in files.items():
        groups = yaml.safe_load(text)["groups"]
        for at, group in enumerate(groups):
            for number, rule in enumerate(group["rules"]):
                noticing = frozenset([rule["alert"]] if "alert" in rule else _users(groups, rule))
                for what, wrong in _wrong_rules(rule) if noticing else ():
                    changed = copy.deepcopy(groups)
                    changed[at]["rules"][number] = wrong
                    yield Mutant(f"{rule.get('alert') or rule['record']}: {what}", file, changed, noticing)


def survivors(
    chosen: Sequence[Mutant], tests: Mapping[str, str], promtool: Promtool, folder: Path, *, batch: int = 20
) -> list[str]:
    """The names of those that the tests do not notice. `tests` are the texts of the generated tests by their files."""
    documents = [yaml.safe_load(text) for text in tests.values()]
    alive = [mutant.name for mutant in chosen]
    for begin in range(0, len(chosen), batch):
        files: dict[str, str] = {}
        for number, mutant in enumerate(chosen[begin:][:batch]):
            rules = f"mutant-{number:04}.rules.yaml"
            needed = _needed(mutant)
            (folder / rules).write_text(yaml.safe_dump({"groups": needed}), encoding="utf-8")
            order = [group["name"] for group in needed]
            for part, document in enumerate(documents):
                noticing = [test for test in document["tests"] if test["name"].split(": ")[0] in mutant.alerts]
                if noticing and document["rule_files"] == [mutant.file]:
                    own = document | {"rule_files": [rules], "group_eval_order": order, "tests": noticing}
                    files[f"mutant-{number:04}-{part}.tests.yaml"] = mutant.name
                    (folder / list(files)[-1]).write_text(yaml.safe_dump(own), encoding="utf-8")
        # It tells of one file after the other, but not in all versions of which one.
        _, said = promtool(folder, list(files))
        results = re.findall(r"^  (SUCCESS|FAILED)", said, re.MULTILINE)
        assert len(results) == len(files), said
        noticed = {name for name, told in zip(files.values(), results, strict=True) if told == "FAILED"}
        alive = [name for name in alive if name not in noticed]
    return alive


def _needed(mutant: Mutant) -> list[dict[str, Any]]:
    """The rules that the mutant's alerts depend on; evaluating the others would only take time."""
    expressions = " ".join(
        f"{rule['expr']} {rule.get('annotations', '')}"
        for group in mutant.groups
        for rule in group["rules"]
        if rule.get("alert") in mutant.alerts
    )
    if ".slo." in mutant.file:
        ids = set(re.findall(r'sloth_id="([^"]+)"', expressions))
        return [group for group in mutant.groups if any(group["name"].endswith(f"-{each}") for each in ids)]
    (group,) = mutant.groups
    kept = [
        rule
        for rule in group["rules"]
        if (rule["alert"] in mutant.alerts if "alert" in rule else rule["record"] in expressions)
    ]
    return [group | {"rules": kept}]


def _users(groups: list[dict[str, Any]], recorded: Rule) -> Iterator[str]:
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


# -- ways of being wrong ----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w.:\[-])\d+(?:\.\d+)?(?![\w.\]])")
#: What stands in parentheses, with others in it, a few deep.
_PARENTHESES = r"\([^()]*\)"
for _ in range(5):
    _PARENTHESES = rf"\((?:[^()]|{_PARENTHESES})*\)"
_QUOTED = re.compile(r'"[^"]*"')


def _wrong_rules(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """One rule, made wrong in one way."""
    expr = rule["expr"]
    for what, wrong in (*_wrong_expressions(expr), *(_wrong_alerts(expr) if "alert" in rule else ())):
        yield what, rule | {"expr": wrong}
    if "alert" not in rule:
        return
    if "for" in rule:
        yield "for dropped", {key: value for key, value in rule.items() if key != "for"}
        yield "for halved", rule | {"for": f"{_seconds(rule['for']) // 2}s"}
        yield "for doubled", rule | {"for": f"{_seconds(rule['for']) * 2}s"}
    if "keep_firing_for" in rule:
        yield "keep_firing_for dropped", {key: value for key, value in rule.items() if key != "keep_firing_for"}
    yield "severity changed", rule | {"labels": {**rule["labels"], "severity": "none", "sloth_severity": "none"}}
    yield "summary changed", rule | {"annotations": {**rule["annotations"], "summary": "Something."}}


def _wrong_alerts(expr: str) -> Iterator[tuple[str, str]]:
    """What is wrong with an alert's condition."""
    quoted = [range(*found.span()) for found in _QUOTED.finditer(expr)]
    for found in _NUMBER.finditer(expr):
        # 0 stays where it is, and the budget of an objective is in each of its thresholds.
        if float(found[0]) and "0000" not in found[0] and not any(found.start() in span for span in quoted):
            for factor in (0.5, 2):
                yield f"number {found[0]} x {factor}", _replaced(expr, found, f"{float(found[0]) * factor:.12g}")
    for found in re.finditer(r"(?<![\w=!])[<>](=?)", expr):
        turned = ("<" if found[0][0] == ">" else ">") + found[1]
        yield f"operator {found[0]} turned", _replaced(expr, found, turned)
        if found[1]:
            yield f"operator {found[0]} made strict", _replaced(expr, found, found[0][0])
    if " and " in expr.replace("\n", " ") and "sloth" not in expr:
        yield "guard dropped", re.split(r"\sand\s", expr)[0]
    for found in re.finditer(rf"\s+and on \(\)\s+{_PARENTHESES}", expr):
        yield "guard dropped", _replaced(expr, found, "")
    for found in re.finditer(r" offset \w+", expr):
        yield "offset dropped", _replaced(expr, found, "")


def _wrong_expressions(expr: str) -> Iterator[tuple[str, str]]:
    """What is wrong with any rule's expression."""
    for found in re.finditer(r"(sum|max|min) by \([^)]*\)", expr):
        if "le" not in found[0]:
            yield f"{found[0]} dropped to {found[1]}", _replaced(expr, found, found[1])
    for found in re.finditer(r"(\w+)=(~?)(\"[^\"]*\")", expr):
        if found[1] in ("operation", "result", "state", "kind", "outcome", "le"):
            yield f"matcher {found[0]} dropped", _replaced(expr, found, f'{found[1]}=~".+"')
    for found in re.finditer(r"\s*>=?\s*0(?=\s*(\)|$))", expr):
        yield "guard against 0 dropped", _replaced(expr, found, "")
    for found in re.finditer(r"(?<=histogram_quantile\()\s*0\.99(?=,)", expr):
        yield "quantile 0.99 to 0.5", _replaced(expr, found, "0.5")


def _replaced(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]
