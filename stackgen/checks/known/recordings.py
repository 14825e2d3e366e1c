"""What the rules record that are generated from a definition, whether their files are looked at or not."""

from __future__ import annotations

from collections.abc import Iterable

from stackgen.checks.known.from_definitions import with_includes
from stackgen.checks.rule_files import Rule, read_rule_file
from stackgen.checks.texts import SourceText
from stackgen.definition.model import Definition
from stackgen.definition.tree import parse
from stackgen.generators import rules


def generated_recordings(definitions: Iterable[Definition]) -> dict[str, list[Rule]]:
    """The recordings of the definitions and of those that they include, by name."""
    found: dict[str, list[Rule]] = {}
    for definition in with_includes(definitions):
        for path, text in rules.generate(definition).items():
            root, _ = parse(text, path)
            assert root is not None
            for rule in read_rule_file(SourceText(path, text), root).rules:
                if rule.record:
                    found.setdefault(rule.record, []).append(rule)
    return found
