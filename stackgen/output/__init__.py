"""Writes generated files: all of them or none, and never over what somebody else wrote.

plan = plan_changes(folders)      # reads what is there; changes nothing
plan.conflicts                    # files that are not stackgen's to touch
unified_diff(plan, root)          # what would change, as `git apply` and people read it
apply(plan)                       # makes it so, or leaves everything as it was
"""

from stackgen.output.difference import unified_diff
from stackgen.output.manifest import MANIFEST, Entry
from stackgen.output.plan import Change, Conflict, Folder, Plan, Wanted, plan_changes
from stackgen.output.transaction import apply

__all__ = [
    "MANIFEST",
    "Change",
    "Conflict",
    "Entry",
    "Folder",
    "Plan",
    "Wanted",
    "apply",
    "plan_changes",
    "unified_diff",
]
