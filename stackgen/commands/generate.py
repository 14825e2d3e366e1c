"""`stackgen generate`: bring the generated files in step with the definitions, or check that they are."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from stackgen.commands.assuming import tell_what_is_assumed
from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.findings import StackgenError
from stackgen.generation import reading_rules, wanted_folders
from stackgen.generators.registry import KINDS
from stackgen.output import MANIFEST, Plan, apply, plan_changes, unified_diff
from stackgen.output.manifest import read_manifest
from stackgen.project import Project, read_project


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Generate; with `--check` exit with 1 where something is not in step."""
    project = read_project(Path())
    if not arguments.definitions:
        tell_what_is_assumed(project)
    out = project.root if arguments.out is None else Path(arguments.out)
    plan = plan_generation(project, definitions=arguments.definitions, kinds=arguments.only, out=arguments.out)
    if arguments.check:
        if not plan.changes:
            say(f"{plan.unchanged} files are in step")
            return 0
        say("".join(unified_diff(plan, out)) + _drift(plan))
        return 1
    before = _stacks(out)
    apply(plan, force=arguments.force)
    if before and (now := _stacks(out)) and before != now:
        say(f"compose/ was the stack of {', '.join(before)} and is that of {', '.join(now)} now")
    if arguments.only and "exporter" in arguments.only:
        for name in _without_events(project, arguments.definitions):
            say(f"{name}: no exporter, because it has no events: it describes what somebody else exposes")
    if arguments.only and "dashboards" in arguments.only and "rules" not in arguments.only:
        names = [each.name for each in reading_rules(_loaded(project, arguments.definitions))]
        if names:
            say(f"panels of {', '.join(names)} read what rules record: Prometheus needs those too (`--only rules`)")
    say(f"{plan.written} written, {plan.unchanged} unchanged, {plan.removed} removed")
    return 0


def plan_generation(
    project: Project,
    *,
    definitions: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    out: str | None = None,
) -> Plan:
    """Generate in memory and compare with what is there; by default everything of the project.

    With `out`, files go to the plain folders below it, whatever the project's own layout is.
    Raises StackgenError for definitions that cannot be used, for places that cannot be read, and where a project's
    definitions are assumed and what is there was generated from others.
    """
    if project.strangers and not definitions and out is None:
        raise StackgenError(
            f"what is here was generated from {', '.join(project.strangers)}, and nothing says where all of that is "
            f'now; name it, `stackgen generate FILE`, or write definitions = ["FILE"] under [tool.stackgen] of '
            f"pyproject.toml"
        )
    folders = wanted_folders(
        _loaded(project, definitions),
        [KINDS[kind] for kind in kinds or KINDS],
        project.root if out is None else Path(out),
        exporters=project.exporters if out is None else None,
    )
    return plan_changes(folders)


def _loaded(project: Project, definitions: Sequence[str]) -> list[Definition]:
    """The definitions that are asked for, each once; else all of the project."""
    return [load(source) for source in dict.fromkeys(definitions or project.definitions)]


def _stacks(out: Path) -> list[str]:
    """Names of the definitions that the stack in a folder is made from; at most one."""
    return sorted({entry.definition for entry in read_manifest(out / "compose" / MANIFEST).values()})


def _without_events(project: Project, definitions: Sequence[str]) -> list[str]:
    """The sources of the definitions that have no exporter."""
    return [each.source for each in _loaded(project, definitions) if not each.events]


def _drift(plan: Plan) -> str:
    missing = sum(1 for change in plan.changes if change.before is None)
    superfluous = sum(1 for change in plan.changes if change.after is None)
    changed = len(plan.changes) - missing - superfluous
    return (
        f"out of step: {missing} missing, {changed} different, {superfluous} superfluous; "
        "`stackgen generate` brings them in step"
    )
