"""`stackgen init`: start a project with a definition that is valid, generates at once, and shows what can be said."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen import conventions
from stackgen.definition import Definition, load, packs
from stackgen.definition.model import Above, Below
from stackgen.definition.words import nearest
from stackgen.findings import StackgenError
from stackgen.project import DEFINITION_FILE

_HEAD = """\
# What is observed, and what it means. `stackgen generate` makes {makes}
# and the stack from it; `stackgen validate` checks it; `stackgen schema` prints the words that it may use.
stackgen: 1

# All that the pack `{pack}` says holds here too. What is written below is merged into it:
# maps merge, lists replace, null removes. `stackgen packs` lists the packs.
extends: {pack}

{about_name}name: {name}
title: {title}
"""

_OWN_NAMES = """\
# The prefix of all metrics (`{name}_...`) and of the generated files. Keep it to have the metric names that everybody
# has who uses the pack. Change it, and every name follows, but for those of the workload that demonstrates the pack:
# leave it out then, with `stack: {{services: {{workload: null}}}}`.
"""

_THEIR_NAMES = """\
# The prefix of the generated files and of recorded series. Metrics keep the names under which they are exposed.
"""

_NAMESPACE = """
# What the exposed names begin with, as the system was told; {default} unless it was.
# namespace: shop
"""

_INCLUDES = """
# Dashboards, rules and runbooks that the pack brings along: {included}. This leaves them out.
# includes: []
"""

_ALERT = """
# A threshold of your own. It changes in the rule, on the dashboard and in the runbook.
# alerts:
#   {alert}:
#     {word}: {value}
"""

_STACK = """
# Your application's metrics endpoint, beside what the stack starts itself.
# stack:
#   targets:
#     - {{job: {job}, addresses: ["host.docker.internal:8000"]}}
"""

_THEIR_STACK = """
# The job under which Prometheus scrapes it, and where it is{instead}.
# stack:
#   jobs: [{job}]{services}
#   targets:
#     - {{job: {job}, addresses: ["host.docker.internal:{port}"]}}
"""


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Write the definition; raises StackgenError where there is one, or no such pack."""
    if arguments.pack not in packs():
        raise StackgenError(f"no pack '{arguments.pack}'; {nearest(arguments.pack, packs())}")
    file = Path(arguments.directory) / DEFINITION_FILE
    base = load(arguments.pack)
    _create(file, starter(base, arguments.pack))
    say(f"wrote {file}; next:")
    if file.parent != Path():
        say(f"  cd {file.parent}")
    folders = "exporters/, dashboards/" if base.events else "dashboards/"
    say(f"  stackgen generate    # writes {folders}, alerts/ and compose/; commit them")
    say("  stackgen up          # starts the stack and prints where it is")
    return 0


def starter(base: Definition, pack: str) -> str:
    """Write the text of a definition that extends a pack and says nothing else yet."""
    text = _HEAD.format(
        pack=pack,
        name=base.name,
        title=json.dumps(base.title, ensure_ascii=False),
        makes="the exporter, the dashboards, the rules, the runbooks" if base.events else "dashboards, rules, runbooks",
        about_name=(_OWN_NAMES if base.events else _THEIR_NAMES).format(name=base.name),
    )
    if base.namespace is not None:
        text += _NAMESPACE.format(default=base.namespace or "nothing")
    if base.includes:
        text += _INCLUDES.format(included=", ".join(included.title for included in base.includes))
    for alert in base.alerts.values():
        states = base.signals[alert.signal].states
        if not states and isinstance(alert.condition, Above | Below) and isinstance(alert.condition.than, float | int):
            word = "above" if isinstance(alert.condition, Above) else "below"
            text += _ALERT.format(alert=alert.name, word=word, value=alert.condition.than)
            break
    if base.events:
        return text + _STACK.format(job=base.stack.jobs[0])
    return text + _their_stack(base)


def _their_stack(base: Definition) -> str:
    """Where a system that exists already is scraped, in place of those that the stack starts to show the pack."""
    started = list(base.stack.services)
    exporter = next((name for name in started if name.endswith("-exporter")), None)
    return _THEIR_STACK.format(
        job=base.stack.jobs[0],
        instead=f", in place of the {' and '.join(started)} that the stack starts" if started else "",
        services=f"\n#   services: {{{', '.join(f'{name}: null' for name in started)}}}" if started else "",
        port=conventions.SERVICE_PORTS[exporter] if exporter else 8000,
    )


def _create(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise StackgenError(
            f"{error.filename}: is there already and is left alone; edit it, or name another DIR"
        ) from error
    except OSError as error:
        raise StackgenError(f"{error.filename or file}: cannot be written: {error.strerror}") from error
