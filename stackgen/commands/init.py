"""`stackgen init`: start a project with a definition that is valid, generates at once, and shows what can be said."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.definition import Definition, load, packs
from stackgen.definition.model import Above, Below
from stackgen.definition.words import nearest
from stackgen.findings import StackgenError
from stackgen.project import DEFINITION_FILE

_HEAD = """\
# What is observed, and what it means. `stackgen generate` makes the exporter, the dashboards, the rules, the runbooks
# and the stack from it; `stackgen validate` checks it; `stackgen schema` prints the words that it may use.
stackgen: 1

# All that the pack `{pack}` says holds here too. What is written below is merged into it:
# maps merge, lists replace, null removes. `stackgen packs` lists the packs.
extends: {pack}

# The prefix of all metrics (`{name}_...`) and of the generated files. Keep it to have the metric names that everybody
# has who uses the pack. Change it, and every name follows, but for those of the workload that demonstrates the pack:
# leave it out then, with `stack: {{services: {{workload: null}}}}`.
name: {name}
title: {title}
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
#     - {{job: {name}, addresses: ["host.docker.internal:8000"]}}
"""


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Write the definition; raises StackgenError where there is one, or no such pack."""
    if arguments.pack not in packs():
        raise StackgenError(f"no pack '{arguments.pack}'; {nearest(arguments.pack, packs())}")
    file = Path(arguments.directory) / DEFINITION_FILE
    _create(file, starter(load(arguments.pack), arguments.pack))
    say(f"wrote {file}; next:")
    if file.parent != Path():
        say(f"  cd {file.parent}")
    say("  stackgen generate    # writes exporters/, dashboards/, alerts/ and compose/; commit them")
    say("  stackgen up          # starts the stack and prints where it is")
    return 0


def starter(base: Definition, pack: str) -> str:
    """Write the text of a definition that extends a pack and says nothing else yet."""
    text = _HEAD.format(pack=pack, name=base.name, title=json.dumps(base.title, ensure_ascii=False))
    for alert in base.alerts.values():
        if isinstance(alert.condition, Above | Below) and isinstance(alert.condition.than, float | int):
            word = "above" if isinstance(alert.condition, Above) else "below"
            text += _ALERT.format(alert=alert.name, word=word, value=alert.condition.than)
            break
    return text + _STACK.format(name=base.name)


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
