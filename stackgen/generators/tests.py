"""Tests of the generated rules: `promtool test rules alerts/<name>.tests.yaml`."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.document import heading, to_yaml
from stackgen.generators.rule_tests.alerts import alert_cases, evaluation_interval
from stackgen.generators.rule_tests.document import Case, as_promtool
from stackgen.generators.rule_tests.objectives import slo_cases
from stackgen.signals.synthesis import CannotSynthesizeError

#: How often an objective's rules are evaluated in tests, in seconds. Its alerts wait for nothing, so they need to be
#: evaluated only when somebody looks; more would only take time.
_SLO_INTERVAL = 1800.0


def generate(definition: Definition) -> dict[str, str]:
    """The tests of a definition's rules, by their paths below `alerts/`, beside the rules."""
    files = {}
    cases: list[Case] = []
    untested: list[str] = []
    if definition.alerts:
        rules, every = conventions.rules_file(definition), evaluation_interval(definition)
        for alert in definition.alerts.values():
            try:
                cases += alert_cases(definition, alert, every)
            except CannotSynthesizeError as reason:
                untested.append(f"# {alert.name} has no test: {reason}. Write one beside this file.\n")
        files[conventions.tests_file(rules)] = _document(definition, rules, every, [definition.name], cases, untested)
    if definition.slos:
        rules = conventions.slo_rules_file(definition)
        cases, untested = [], []
        for slo in definition.slos.values():
            try:
                cases += slo_cases(definition, slo)
            except CannotSynthesizeError as reason:
                untested.append(f"# {slo.key} has no test: {reason}. Write one beside this file.\n")
        groups = [name for key in definition.slos for name in conventions.slo_group_names(definition, key)]
        files[conventions.tests_file(rules)] = _document(definition, rules, _SLO_INTERVAL, groups, cases, untested)
    return files


def _document(
    definition: Definition, rules: str, every: float, groups: list[str], cases: list[Case], notes: list[str]
) -> str:
    document = {
        "rule_files": [rules],
        "evaluation_interval": prometheus_duration(every),
        # Without it the order is none at all, and alerts need what is recorded for them at the same time.
        "group_eval_order": groups,
        "tests": [as_promtool(case) for case in cases],
    }
    about = f"Tests of {rules}; `promtool test rules` runs them."
    return heading(definition, about) + "".join(notes) + "\n" + to_yaml(document)
