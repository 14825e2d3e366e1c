"""All checks: every module of the areas below is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from stackgen.checks.check import Check

#: The packages of checks, in the order in which documentation lists them.
AREAS = (
    "promql", "rule", "dashboard", "alertmanager", "stack", "definition", "exposition", "generated", "tool", "file",
    "suppression",
)  # fmt: skip


@cache
def checks() -> Mapping[str, Check]:
    """All checks by id."""
    found: dict[str, Check] = {}
    for area in AREAS:
        package = importlib.import_module(f"stackgen.checks.{area}")
        for module_info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{module_info.name}")
            found[module.META.id] = Check(module.META, module.check)
    return found
