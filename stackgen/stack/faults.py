"""Breaks a running stack on purpose, so that a person sees which alert tells of it, and puts it right again."""

from __future__ import annotations

import difflib
import json
import re
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackgen.definition.quantities import duration
from stackgen.findings import StackgenError
from stackgen.stack.engine import Engine, Report
from stackgen.workload.scenarios import NORMAL, SCENARIOS

#: Seconds between two looks at the alerts, and the longest that one is waited for.
_LOOK, _LIMIT = 2.0, 1800.0

#: What Prometheus's rules look back over: `[5m]`, or the window in the name of a recorded series.
_WINDOW = re.compile(r"\[(\d+(?:ms|[smhdwy]))|rate(\d+(?:ms|[smhdwy]))\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, and the alerts that tell of it, as far as the stack has them."""

    name: str
    description: str
    alerts: tuple[str, ...]
    #: Those of objectives that may tell of it too.
    budget_alerts: tuple[str, ...] = ()
    #: The service that stands still; None: the workload plays the scenario of the fault's name.
    held: str | None = None


FAULTS: Mapping[str, Fault] = {
    "redis-down": Fault(
        name="redis-down",
        description="Redis stands still: its port is open, and nothing answers.",
        alerts=("RedisDown", "CacheCircuitOpen", "CacheErrorRatioHigh", "CacheUnreachable"),
        budget_alerts=("CacheAvailableBudgetBurn",),
        held="redis",
    ),
    **{
        scenario.name: Fault(
            name=scenario.name,
            description=scenario.description,
            alerts=scenario.alerts,
            budget_alerts=scenario.budget_alerts,
        )
        for scenario in SCENARIOS.values()
        if scenario is not NORMAL
    },
}


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that a fault leads to, and the seconds after which it fires: at least, and at most."""

    name: str
    least: float
    most: float


def fault_named(name: str) -> Fault:
    """The fault of that name; raises StackgenError, with the names that there are, when there is none."""
    if name in FAULTS:
        return FAULTS[name]
    near = difflib.get_close_matches(name, FAULTS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(FAULTS)}"
    raise StackgenError(f"no scenario {name!r}; {hint}")


def run_fault(engine: Engine, fault: Fault, report: Report, *, seconds: float | None = None) -> None:
    """Break, tell what is to be expected and what happens, and undo it, whatever ends this.

    It ends after `seconds`; without them when an alert of the fault has arrived at the receiver. Raises StackgenError
    if a service that it takes is not there.
    """
    urls = _urls(engine, fault)
    rules = _rules(urls["prometheus"])
    expected = tuple(_expected(rules, fault))
    others = [name for name in fault.budget_alerts if name in rules]
    if not expected:
        raise StackgenError(f"no rule of this stack has an alert for {fault.name}: {', '.join(fault.alerts)}")
    with _broken(engine, fault, urls):
        started = time.time()
        report(f"{fault.name}: {fault.description}")
        for alert in expected:
            report(f"expect {alert.name}, firing in {_span(alert.least)} to {_span(alert.most)}; it arrives 10 s later")
        for name in others:
            report(f"{name} may fire too: how soon depends on how much of its error budget was used before")
        report("Ctrl-C undoes it")
        _watch(urls, [alert.name for alert in expected], others, started, report, seconds)
    report(f"{fault.name} is undone; what fires is over when its window has passed")


def _urls(engine: Engine, fault: Fault) -> dict[str, str]:
    status = {service.name: service for service in engine.status()}
    needed = ("prometheus", "receiver", "workload", *((fault.held,) if fault.held is not None else ()))
    for name in needed:
        if name not in status or not status[name].running:
            raise StackgenError(f"{name} does not run; `stackgen up --profile demo` starts what can be broken")
    return {name: url for name in needed[:3] if (url := status[name].url) is not None}


def _rules(prometheus: str) -> Mapping[str, tuple[Any, float]]:
    """The alerting rules that Prometheus has, by name, each with the seconds between two evaluations."""
    groups = _ask(f"{prometheus}/api/v1/rules?type=alert")["data"]["groups"]
    return {rule["name"]: (rule, float(group["interval"])) for group in groups for rule in group["rules"]}


def _expected(rules: Mapping[str, tuple[Any, float]], fault: Fault) -> Iterator[Expected]:
    """When the rules would fire: after their `for`, and at most after their window, too."""
    for name in fault.alerts:
        if name in rules:
            rule, interval = rules[name]
            windows = [duration(first or second) or 0.0 for first, second in _WINDOW.findall(rule["query"])]
            held = float(rule["duration"])
            yield Expected(name, held, held + max(windows, default=0.0) + 2 * interval)


@contextmanager
def _broken(engine: Engine, fault: Fault, urls: Mapping[str, str]) -> Iterator[None]:
    if fault.held is None:
        _switch(urls["workload"], fault.name)
    else:
        engine.hold(fault.held)
    try:
        yield
    finally:
        if fault.held is None:
            _switch(urls["workload"], NORMAL.name)
        else:
            engine.release(fault.held)


def _watch(
    urls: Mapping[str, str],
    awaited: Collection[str],
    others: Collection[str],
    started: float,
    report: Report,
    seconds: float | None,
) -> None:
    """Tell each change of some alerts until it is enough, as it is when one of the awaited has arrived."""
    told: dict[str, str] = {}
    deadline = started + (_LIMIT if seconds is None else seconds)
    while time.time() < deadline:
        for name, state in _states(urls, {*awaited, *others}, started).items():
            if told.get(name) != state:
                told[name] = state
                report(f"{name} {state}, {_span(time.time() - started)} after the start")
        if seconds is None and any(told.get(name) == _ARRIVED for name in awaited):
            return
        time.sleep(max(0.0, min(_LOOK, deadline - time.time())))


_ARRIVED = "has arrived at the receiver"


def _states(urls: Mapping[str, str], names: set[str], started: float) -> dict[str, str]:
    """Each alert's furthest state: pending, firing, arrived."""
    states: dict[str, str] = {}
    for alert in _ask(f"{urls['prometheus']}/api/v1/alerts")["data"]["alerts"]:
        name = alert["labels"]["alertname"]
        if name in names and states.get(name) != "fires":
            states[name] = "fires" if alert["state"] == "firing" else "is pending"
    for message in _ask(f"{urls['receiver']}/alerts")["messages"]:
        for alert in message["alerts"]:
            name = alert["labels"]["alertname"]
            # An earlier break's alert is still on the page.
            fresh = datetime.fromisoformat(alert["startsAt"]).timestamp() >= started
            if states.get(name) == "fires" and alert["status"] == "firing" and fresh:
                states[name] = _ARRIVED
    return states


def _switch(workload: str, scenario: str) -> None:
    # Addresses are the engine's, which are all http.
    request = urllib.request.Request(f"{workload}/scenario/{scenario}", method="POST")  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except OSError as error:
        raise StackgenError(f"the workload at {workload} cannot be told to play {scenario}: {error}") from error


def _ask(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise StackgenError(f"{url} does not answer: {error}") from error


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"
