"""Tests of the generated rules: `promtool test rules alerts/<name>.tests.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators import heartbeat
from stackgen.generators.document import heading, to_yaml
from stackgen.generators.rule_tests.alerts import alert_cases
from stackgen.generators.rule_tests.document import Case, as_promtool
from stackgen.generators.rule_tests.intervals import PACES, SLO_INTERVAL, evaluation_interval, pace_of
from stackgen.generators.rule_tests.objectives import slo_cases
from stackgen.signals.synthesis import CannotSynthesizeError


def generate(definition: Definition) -> dict[str, str]:
    """The tests of a definition's rules, by their paths below `alerts/`, beside the rules."""
    files = {}
    rules = conventions.rules_file(definition)
    for pace in PACES:
        alerts = [alert for alert in definition.alerts.values() if pace_of(alert) == pace]
        if alerts:
            every = min(map(evaluation_interval, alerts))
            about = [(alert.name, partial(alert_cases, definition, alert, every)) for alert in alerts]
            path = conventions.file_of_tests(rules, pace)
            files[path] = _document(definition, rules, every, [definition.name], about)
    if definition.slos:
        rules = conventions.slo_rules_file(definition)
        groups = [name for key in definition.slos for name in conventions.slo_group_names(definition, key)]
        about = [(key, partial(slo_cases, definition, slo)) for key, slo in definition.slos.items()]
        files[conventions.file_of_tests(rules)] = _document(definition, rules, SLO_INTERVAL, groups, about)
    if definition.stack.heartbeat is not None:
        rules = conventions.heartbeat_rules_file(definition)
        groups = [conventions.heartbeat_group_name(definition)]
        about = [(conventions.WATCHDOG, partial(heartbeat.cases, definition))]
        files[conventions.file_of_tests(rules)] = _document(definition, rules, heartbeat.EVERY, groups, about)
    return files


def _document(
    definition: Definition,
    rules: str,
    every: float,
    groups: list[str],
    subjects: Sequence[tuple[str, Callable[[], Iterable[Case]]]],
) -> str:
    """A file of tests of rules that are evaluated `every` so many seconds. A subject has a name and makes its cases."""
    cases: list[Case] = []
    untested = ""
    for name, made in subjects:
        try:
            cases += made()
        except CannotSynthesizeError as reason:
            untested += f"# {name} has no test: {reason}. Write one beside this file.\n"
    document = {
        "rule_files": [rules],
        "evaluation_interval": prometheus_duration(every),
        # Without it the order is none at all, and alerts need what is recorded for them at the same time.
        "group_eval_order": groups,
        "tests": [as_promtool(case) for case in cases],
    }
    about = f"Tests of {rules}; `promtool test rules` runs them."
    return heading(definition, about) + untested + "\n" + to_yaml(document)
