"""`stackgen test`: run the tests of the rules with promtool, and say which of them failed, and how."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stackgen.commands.progress import Progress
from stackgen.definition.tree import parse, read_text
from stackgen.findings import StackgenError
from stackgen.stack.binaries import PROMETHEUS_VERSION, Located, locate, older_than_stack

OK, FOUND = 0, 1
#: Where tests are looked for where no path is named.
_FOLDER = "alerts"
_ENDINGS = (".tests.yaml", ".tests.yml")
#: What promtool says of keys, functions and syntax that are newer than it, and of wrong ones.
_NOT_READ = re.compile(r"parse error|field \w+ not found in type")
#: What `stackgen generate` writes of an alert that it makes no test of.
_UNTESTED = re.compile(r"^# (\w+) has no test: ", re.MULTILINE)
#: As many of them are named.
_NAMED = 5
#: Longest that the tests of one file may take.
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file of tests: how many it has, and what promtool said if one failed (no lines: all passed)."""

    file: str
    tests: int
    lines: tuple[str, ...]
    #: Alerts and objectives that have no test, as the file itself says.
    untested: tuple[str, ...] = ()


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Run all tests; raises StackgenError where there are none, or no promtool to run them."""
    files = test_files(arguments.paths, if_any=arguments.if_any)
    if not files:
        say(f"{', '.join(arguments.paths) or _FOLDER}: no tests there, so none were run")
        return OK
    promtool = locate("promtool", say)
    outcomes = []
    # promtool reads one file after the other and uses one processor; several of it use them all.
    with Progress(sys.stderr) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        progress("tested files:", 0, len(files))
        for index, each in enumerate(pool.map(partial(outcome, promtool), files), start=1):
            progress("tested files:", index, len(files))
            outcomes.append(each)
    for line in report(outcomes):
        say(line)
    return FOUND if any(each.lines for each in outcomes) else OK


def report(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each file, below it what failed, and a line that sums up."""
    lines = []
    for each in outcomes:
        passed = f"{each.tests} tests passed{_without(each.untested)}"
        lines.append(f"{each.file}: {'FAILED' if each.lines else passed}")
        lines += [f"  {line}" for line in each.lines]
    failed = sum(1 for each in outcomes if each.lines)
    total = sum(each.tests for each in outcomes)
    files = f"{len(outcomes)} file{'' if len(outcomes) == 1 else 's'}"
    names = [name for each in outcomes for name in each.untested]
    result = f"{failed} FAILED" if failed else "all passed" if total else "nothing was tested"
    return [*lines, f"{files}, {total} tests: {result}{_without(names)}"]


def untested(text: str) -> tuple[str, ...]:
    """The alerts and objectives that a file of tests says it has none of."""
    return tuple(_UNTESTED.findall(text))


def _without(names: Sequence[str]) -> str:
    """What to say of alerts that have no test."""
    if not names:
        return ""
    named = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"; {len(names)} {'has' if len(names) == 1 else 'have'} no test: {named}"


def test_files(paths: Sequence[str], *, if_any: bool) -> list[str]:
    """The files of tests of paths: those that are named, and `*.tests.yaml` below folders.

    With `if_any` there may be none, and files that are no tests are passed over. Raises StackgenError for a path that
    is not there, and where there are no tests though there should be.
    """
    files: list[str] = []
    for name in paths or [_FOLDER]:
        path = Path(name)
        if path.is_dir():
            files += [each.as_posix() for each in sorted(path.rglob("*")) if each.name.endswith(_ENDINGS)]
        elif path.is_file():
            files += [name] if not if_any or _has_tests(name) else []
        elif paths:
            raise StackgenError(f"{name}: no such file or folder; name tests, or a folder with *.tests.yaml")
    if not files and not if_any:
        raise StackgenError(
            f"there are no tests: looked for *.tests.yaml in {', '.join(paths) or _FOLDER}; `stackgen generate --only "
            "rules,tests` writes rules with their tests, `stackgen test PATH` runs those of another folder"
        )
    return list(dict.fromkeys(files))


def _has_tests(name: str) -> bool:
    """Whether a file is one of tests: rules and dashboards may stand beside it among the paths."""
    return name.endswith(_ENDINGS) or count_tests(_read(Path(name)), name) > 0


def outcome(promtool: Located, file: str) -> Outcome:
    """Run one file."""
    path = Path(file).resolve()
    data = _read(path)
    tests, without = count_tests(data, path.name), untested(data.decode(errors="replace"))
    try:
        # The file names its rules relative to itself; promtool reads them so, wherever it runs.
        answer = promtool.run("test", "rules", str(path), seconds=_SECONDS)
    except subprocess.TimeoutExpired:
        return Outcome(file, tests, (f"did not end within {_SECONDS:.0f} s; split the file",), without)
    if answer.returncode == 0:
        return Outcome(file, tests, (), without)
    said = f"{answer.stdout}\n{answer.stderr}".replace(str(path), file).replace(f"{path.parent}/", "")
    lines = tuple(readable(said, file)) or (f"promtool ended with {answer.returncode}",)
    return Outcome(file, tests, (*lines, *_for_its_age(promtool, said)), without)


def _for_its_age(promtool: Located, said: str) -> list[str]:
    """A line that says that promtool is old, where that may be why it does not read the rules or the tests."""
    if not _NOT_READ.search(said) or not (older := older_than_stack(promtool)):
        return []
    return [
        f"promtool {older} is older than Prometheus {PROMETHEUS_VERSION}, which may read this:"
        " put its promtool on PATH, or see what `stackgen check` says"
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StackgenError(f"{path.name}: cannot be read: {error.strerror}; check its permissions") from error


def count_tests(data: bytes, name: str) -> int:
    """How many expectations a file has: alerts and expressions at a time; 0 where it is no such file."""
    text, findings = read_text(data, name)
    root = None if findings else parse(text, name)[0]
    tests = root.child("tests") if root else None
    count = 0
    for test in tests.value if tests and isinstance(tests.value, list) else ():
        for key in ("alert_rule_test", "promql_expr_test"):
            found = test.child(key)
            count += len(found.value) if found and isinstance(found.value, list) else 0
    return count


_NOISE = re.compile(r"(?:Unit Testing:.*|FAILED:?|SUCCESS)?\s*")


def readable(said: str, file: str) -> list[str]:
    """What promtool said, without its headings and what it says twice; indented as it was, but not as deep."""
    lines = [line.rstrip().removeprefix(f"{file}: ") for line in said.splitlines()]
    told = [line for line in lines if not _NOISE.fullmatch(line.strip())]
    margin = min((len(line) - len(line.lstrip()) for line in told), default=0)
    return [line[margin:].rstrip(", ") for line in told]
