"""Whether what a stack runs is what its definition gives: asked by `stackgen up`, which generates nothing by itself."""

from __future__ import annotations

from stackgen.commands.generate import plan_generation
from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.output import MANIFEST
from stackgen.output.manifest import read_manifest
from stackgen.project import Project

#: What a stack reads of all that is generated.
_READ = ("dashboards", "rules", "runbooks", "compose")


def out_of_step(project: Project) -> str | None:
    """What is to be told of a project whose stack was generated from something else than is there now; None: nothing.

    Files that somebody has edited are theirs. Nothing is said of a stack that another definition has made, as with
    `stackgen generate DEFINITION`.
    """
    named = ", ".join(project.definitions)
    made_from = {entry.definition for entry in read_manifest(project.root / "compose" / MANIFEST).values()}
    if not made_from:
        return None
    try:
        if made_from != {load(project.definitions[0]).name}:
            return None
        plan = plan_generation(project, kinds=_READ)
    except StackgenError as error:
        first = str(error).splitlines()[0]
        return f"{named} cannot be used as it is now, so the stack runs with what was generated before: {first}"
    edited = {conflict.path for conflict in plan.conflicts}
    if all(change.record or change.path in edited for change in plan.changes):
        return None
    return f"{named}, or stackgen itself, has changed since compose/ was generated; `stackgen generate` takes that over"
