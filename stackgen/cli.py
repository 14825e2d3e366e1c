"""The command line: parse, call, print.

Exit codes: 0 all is well; 1 a check or test found something (`generate --check`: drift, `status`: not healthy);
2 bad input; 3 `status`: nothing runs; 70 a defect of stackgen; 130 interrupted.

Modules of commands are imported once it is known which is wanted: `stackgen --help` reads no YAML library.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from stackgen.findings import StackgenError
from stackgen.stack.engine import STARTING

OK, FOUND, BAD_INPUT, NOTHING_RUNS, DEFECT, INTERRUPTED = 0, 1, 2, 3, 70, 130

#: What each optional dependency is called on PyPI, and the extra that brings it.
_EXTRAS = {
    "grafanalib": ("grafanalib", "generate"),
    "jsonschema": ("jsonschema", "generate"),
    "promql_parser": ("promql-parser", "generate"),
    "yaml": ("PyYAML", "generate"),
    "redis": ("redis", "workload"),
}

#: Commands whose module cannot have their name, which is a word of Python's own.
_MODULES = {"break": "breaking"}

_FORMATS = ("text", "json", "github", "sarif", "junit", "codeclimate")
_KINDS = ("exporter", "dashboards", "rules", "tests", "runbooks", "compose")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; prints errors as one line each, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of another encoding gets escapes instead of a crash
            stream.reconfigure(errors="backslashreplace")
    try:
        with _termination_unwinds():
            code = _run(argv)
            sys.stdout.flush()
    except StackgenError as error:
        return _fail(str(error), BAD_INPUT)
    except ModuleNotFoundError as error:
        package, extra = _EXTRAS.get((error.name or "").partition(".")[0], ("", ""))
        if not package:
            return _defect(error)
        return _fail(
            f"this command needs {package}, which is not installed: pip install 'stackgen[{extra}]'", BAD_INPUT
        )
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has had enough (`| head`). Python flushes stdout again at exit, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:  # noqa: BLE001 (a defect is told in one line too, with where to look)
        return _defect(error)
    return code


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version  # noqa: PLC0415 (30 ms that only --version needs)

        _say(f"stackgen {version('stackgen')}")
        return OK
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return BAD_INPUT
    command = importlib.import_module(f"stackgen.commands.{_MODULES.get(arguments.command, arguments.command)}")
    return int(command.run(arguments, _say))


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


def _defect(error: Exception) -> int:
    if os.environ.get("STACKGEN_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {' '.join(str(error).split())} ({last.filename}:{last.lineno})"
    return _fail(f"{what}; a defect of stackgen, please report it with what STACKGEN_DEBUG=1 prints", DEFECT)


@contextmanager
def _termination_unwinds() -> Iterator[None]:
    """Let SIGTERM end the process as an exception does, so that half-done work is put back."""

    def leave(signum: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + signum)

    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# -- the arguments ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stackgen",
        description="One metric definition becomes an exporter, dashboards, rules, runbooks and a running stack.",
        epilog="A DEFINITION is the name of a pack (`stackgen packs` lists them) or the path of a YAML file. Without "
        "one: `definitions` in [tool.stackgen] of ./pyproject.toml, else ./stackgen.yaml, else those that what is here "
        "was generated from, else the pack `cache`.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    generate = commands.add_parser("generate", help="write the artefacts, or check that they are in step")
    _takes_definitions(generate)
    generate.add_argument("--out", metavar="DIR", help="write to this folder instead of the project")
    generate.add_argument("--only", metavar="KIND,...", type=_kinds, help=f"some kinds only: {', '.join(_KINDS)}")
    generate.add_argument("--check", action="store_true", help="write nothing; print a diff and exit with 1 on drift")
    generate.add_argument("--force", action="store_true", help="replace files that others wrote or edited")

    init = commands.add_parser("init", help="start a project: write a stackgen.yaml")
    init.add_argument("directory", metavar="DIR", nargs="?", default=".", help="where (default: here)")
    init.add_argument("--pack", metavar="NAME", default="cache", help="the pack to build on (default: cache)")

    _infer(commands.add_parser("infer", help="write a definition of what is exposed already"))
    _check(
        commands.add_parser("check", help="find what is wrong with definitions, rules, dashboards and configuration")
    )
    _verify(commands.add_parser("verify", help="hold what is exposed against its definition"))
    test = commands.add_parser("test", help="run the tests of the rules with promtool")
    test.add_argument("paths", metavar="PATH", nargs="*", help="tests, or folders of them (default: alerts)")
    test.add_argument(
        "--if-any", action="store_true", help="no tests there is no error; files that are none may be named"
    )

    _takes_definitions(commands.add_parser("validate", help="check definitions and print every problem"))
    commands.add_parser("packs", help="list the definitions that ship with stackgen")
    commands.add_parser("schema", help="print the JSON Schema of the language, for editors")

    up = commands.add_parser("up", help="start the stack and wait until it is healthy")
    down = commands.add_parser("down", help="stop the stack")
    down.add_argument("--volumes", action="store_true", help="remove its data too")
    status = commands.add_parser("status", help="tell what runs, where, and its health")
    up.add_argument(
        "--profile",
        metavar="NAME",
        action="append",
        default=[],
        help="start the services of this profile too: demo, memcached, statsd, scale (default: $COMPOSE_PROFILES)",
    )
    up.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=STARTING,
        help=f"how long it has to become healthy, fetching and building not counted (default: {STARTING:.0f})",
    )
    logs = commands.add_parser("logs", help="print what the services say")
    logs.add_argument("service", metavar="SERVICE", nargs="?", help="one of them (default: all)")
    logs.add_argument("--follow", "-f", action="store_true", help="go on until interrupted")
    logs.add_argument("--lines", "-n", metavar="N", type=_count, default=100, help="the last N lines (default: 100)")
    breaking = commands.add_parser("break", help="start a fault, tell which alert to expect and when, and undo it")
    breaking.add_argument("scenario", metavar="SCENARIO", help="redis-down, slow, errors, cold or burst")
    breaking.add_argument(
        "--for",
        metavar="DURATION",
        dest="duration",
        help="go on for so long (default: until an alert of it has arrived at the receiver)",
    )
    for command in (up, down, status, logs, breaking):
        command.add_argument(
            "--engine",
            choices=("auto", "docker", "native"),
            default="auto",
            help="containers or processes (default: auto, containers where a Docker engine answers)",
        )
    return parser


def _reports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how findings are written (default: text)")
    parser.add_argument("--output", metavar="FILE", help="write them there instead of to the standard output")
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="warning",
        help="exit with 1 on findings of this level and worse (default: warning)",
    )
    parser.add_argument("--only", metavar="ID,...", type=_ids, default=(), help="ask these checks only")
    parser.add_argument("--skip", metavar="ID,...", type=_ids, default=(), help="do not ask these checks")


def _verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("targets", metavar="URL|FILE", nargs="+", help="pages of metrics, a Prometheus, files, or -")
    verify.add_argument(
        "--definition",
        metavar="DEFINITION",
        action="append",
        default=[],
        help="what they are held against (default: the project's)",
    )
    verify.add_argument(
        "--window", metavar="TIME", help="see what moves: look twice, or ask Prometheus, over 30s or 1h"
    )
    verify.add_argument("--watch", action="store_true", help="look again and again, until Ctrl-C or the window is over")
    verify.add_argument("--interval", metavar="TIME", default="2s", help="between two looks of --watch (default: 2s)")
    _reports(verify)
    _takes_access(verify)


def _infer(infer: argparse.ArgumentParser) -> None:
    infer.add_argument(
        "source", metavar="URL|FILE", help="a page of metrics, a Prometheus, a file, or - for standard input"
    )
    infer.add_argument("--out", metavar="FILE", help="write the definition there instead of to the standard output")
    infer.add_argument("--force", action="store_true", help="replace the file if it is there")
    infer.add_argument("--name", metavar="NAME", help="name of the definition (default: what the metrics begin with)")
    infer.add_argument("--title", metavar="TEXT", help="its name for people")
    infer.add_argument("--keep", metavar="PATTERN", action="append", default=[], help="only metrics such as 'redis_*'")
    infer.add_argument("--drop", metavar="PATTERN", action="append", default=[], help="no metrics such as 'go_*'")
    infer.add_argument(
        "--window", metavar="TIME", help="look twice, this long apart, and show on dashboards what moves"
    )
    _takes_access(infer)


def _takes_access(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--job", metavar="JOB", help="the job whose metrics are meant, at a Prometheus")
    parser.add_argument("--header", metavar="'NAME: VALUE'", action="append", default=[], help="send this header")
    parser.add_argument("--bearer-token-file", metavar="FILE", help="send the token in this file")
    parser.add_argument("--ca-file", metavar="FILE", help="trust these certificates (PEM)")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=10.0, help="for one answer (default: 10)"
    )


def _check(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="definitions, rules, dashboards, configurations, or folders of them (default: the project, with drift)",
    )
    check.add_argument("--definition", metavar="DEFINITION", action="append", default=[], help="knows the metrics")
    check.add_argument("--prometheus", metavar="URL", help="a Prometheus that knows the metrics")
    check.add_argument("--fix", action="store_true", help="put right what can be put right for certain")
    _reports(check)
    check.add_argument("--max-series", metavar="N", type=int, default=10_000, help="allowed per exporter (10000)")
    check.add_argument("--no-tools", action="store_true", help="leave promtool and amtool out, even if they are there")
    check.add_argument("--explain", metavar="ID", help="print the page of a check: what it is about, with examples")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is no number of lines")
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds")
    return seconds


def _ids(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _takes_definitions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("definitions", metavar="DEFINITION", nargs="*", help="a pack's name or the path of a YAML file")


def _kinds(text: str) -> tuple[str, ...]:
    wanted = [kind.strip() for kind in text.split(",") if kind.strip()]
    for kind in wanted:
        if kind not in _KINDS:
            close = difflib.get_close_matches(kind, _KINDS, n=1)
            cure = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(_KINDS)}"
            raise argparse.ArgumentTypeError(f"no kind '{kind}'; {cure}")
    if not wanted:
        raise argparse.ArgumentTypeError(f"names no kind; known: {', '.join(_KINDS)}")
    return tuple(kind for kind in _KINDS if kind in wanted)
