"""How the variables of a dashboard narrow what its panels ask."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stackgen.definition.model import TARGET_LABELS, UP, Definition, Selector
from stackgen.signals import promql


def narrowing_labels(definition: Definition) -> tuple[str, ...]:
    """The labels that have a variable."""
    return (*TARGET_LABELS, *(label.name for label in definition.bound_labels))


def labels_in(labels: Iterable[str], expressions: Iterable[str]) -> tuple[str, ...]:
    """Those of the labels whose variables narrow any of these queries."""
    text = "\n".join(expressions)
    return tuple(label for label in labels if re.search(rf"\${re.escape(variable_of(label))}\b", text))


def variable_of(label: str) -> str:
    """The name of a label's variable: the label's own, unless the data source's variable is called that."""
    return "datasource_label" if label == "datasource" else label


def matchers(labels: tuple[str, ...], *, optional: bool = False) -> tuple[str, ...]:
    """A matcher for each of these labels that keeps what its variable selects; `optional`: and what lacks the label."""
    otherwise = "|" if optional else ""
    return tuple(f'{label}=~"${variable_of(label)}{otherwise}"' for label in labels)


def own_jobs(definition: Definition) -> str:
    """A matcher that keeps the definition's jobs alone; `up`, which every target has, needs it."""
    return promql.series(definition, Selector(of=UP)).removeprefix(f"{UP}{{").removesuffix("}")
