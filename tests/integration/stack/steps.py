"""What is looked at on a running stack, in order, whatever engine runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.integration.pipeline import RunningStack, panel_queries, resolved
from tests.integration.stack.alerts import PHASES, ended, provoked
from tests.integration.stack.counts import counts_agree
from tests.integration.stack.expected import MOVED
from tests.integration.stack.ledger import Ledger
from tests.integration.stack.objectives import objectives_are_shown
from tests.integration.stack.shown import alerts_are_shown, shown_is_counted
from tests.waiting import wait_for


def _targets(stack: RunningStack) -> dict[str, str]:
    """Gives the health by job, once all are up."""

    def all_up() -> dict[str, str] | None:
        found = stack.targets()
        return (
            found if {"cache", "prometheus", "alertmanager"} <= found.keys() and set(found.values()) == {"up"} else None
        )

    return wait_for("every target is up", all_up, seconds=120)


#: Panels that have nothing to show while nothing fires and nothing is lost; their expressions evaluate all the same.
WHILE_ALL_IS_WELL = {
    *("Firing and pending now", "Critical alerts over time", "Warnings over time", "Informational alerts over time"),
    *("Samples lost by sink", "Failed gauge functions by metric", "Files skipped by reason"),
}


def _panels(stack: RunningStack) -> int:
    """Gives how many panels there are; all of their expressions have numbers, or may have none while all is well."""
    count = 0
    # Redis's own has panels that the demonstration has nothing for, replicas for example: see tests/integration/packs.
    boards = [path for name in ("cache", "exporter") for path in (stack.project / "dashboards" / name).glob("*.json")]
    for path in sorted(boards):
        for panel in panel_queries(json.loads(path.read_text(encoding="utf-8"))):
            count += 1
            for expr in panel.expressions:
                if panel.title in WHILE_ALL_IS_WELL:
                    _has_numbers(stack, expr)
                    continue
                wait_for(f"{path.name}: {panel.title!r}: {expr}", partial(_has_numbers, stack, expr), seconds=90)
    return count


def _has_numbers(stack: RunningStack, expr: str) -> bool:
    samples = stack.query(expr)
    assert all(sample["value"][1] not in ("NaN", "+Inf") for sample in samples), samples
    return bool(samples)


def _variables(stack: RunningStack) -> None:
    """Every variable of a dashboard has values to choose from."""
    for path in (stack.project / "dashboards").rglob("*.json"):
        for variable in json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]:
            if variable["type"] != "query":
                continue
            query = variable["query"]["query"] if isinstance(variable["query"], dict) else variable["query"]
            series, label = query.removeprefix("label_values(").removesuffix(")").rsplit(",", 1)
            selected = resolved(series)
            samples = wait_for(f"values of {query}", lambda expr=selected: stack.query(expr) or None)  # type: ignore[misc]
            assert all(label.strip() in sample["metric"] for sample in samples)


def _rules(stack: RunningStack) -> list[dict[str, Any]]:
    """Gives the rules, once all were evaluated."""

    def evaluated() -> list[dict[str, Any]] | None:
        rules = stack.rules()
        return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None

    return wait_for("every rule was evaluated", evaluated, seconds=90)


def _stored(stack: RunningStack) -> tuple[float, dict[str, list[list[Any]]]]:
    """Gives a time, and what was stored by then."""
    at = time.time() - 3  # what is scraped just now may not be stored yet
    return at, stack.stored(at)


#: What is looked at while nothing is wrong, by name.
LOOKS: Mapping[str, Callable[[RunningStack], Any]] = {
    "targets": _targets,
    "rules": _rules,
    "panels": _panels,
    "variables": _variables,
}


def alerts() -> Mapping[str, Callable[[RunningStack], Any]]:
    """All alerts, and what is true afterwards, for one stack; `shown while NAME` is about the phase of that name."""
    ledger = Ledger()

    def kept(phase: str, step: Callable[[RunningStack], Any]) -> Callable[[RunningStack], Any]:
        def during(stack: RunningStack) -> Any:
            with ledger.during(phase):
                return step(stack)

        return during

    return {
        "counting": ledger.begin,
        "counts": kept("normal", counts_agree),
        "stored": _stored,
        **{phase: kept(phase, provoked(phase)) for phase in PHASES},
        "ended": ended,
        "counted": lambda _: ledger.end(),
        **{f"shown while {phase}": partial(shown_is_counted, ledger=ledger, phase=phase) for phase in MOVED},
        "alerts are shown": alerts_are_shown,
        "objectives are shown": partial(objectives_are_shown, ledger=ledger),
        "targets again": _targets,
        "status": lambda stack: stack.stackgen("status", "--engine", stack.engine).stdout,
        "up again": lambda stack: stack.stackgen("up", "--engine", stack.engine, "--profile", "demo").stdout,
    }
