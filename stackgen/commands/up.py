"""`stackgen up`: start the project's stack and say where it is."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.commands.assuming import tell_what_is_assumed
from stackgen.commands.generate import plan_generation
from stackgen.commands.in_step import out_of_step
from stackgen.output import apply
from stackgen.project import read_project
from stackgen.stack import choose_engine


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Start the stack, generating it first where there is none, and return once it is healthy."""
    root = Path()
    if not (root / "compose" / "compose.yaml").exists():
        _generate(root, say)
    elif (news := out_of_step(read_project(root))) is not None:
        say(news)
    engine = choose_engine(arguments.engine, root, timeout=arguments.timeout, report=say)
    engine.up(say, _profiles(arguments))
    published = [service for service in engine.status() if service.url is not None]
    width = max((len(service.name) for service in published), default=0)
    for service in published:
        say(f"{service.name.ljust(width)}  {service.url}")
    return 0


def _profiles(arguments: Namespace) -> list[str]:
    """The profiles that are asked for, else those that Docker Compose's own variable names."""
    named = arguments.profile or os.environ.get("COMPOSE_PROFILES", "").split(",")
    return [profile for profile in dict.fromkeys(each.strip() for each in named) if profile]


def _generate(root: Path, say: Callable[[str], None]) -> None:
    project = read_project(root)
    tell_what_is_assumed(project)
    plan = plan_generation(project)
    apply(plan)
    say(f"generated {plan.written} files")
