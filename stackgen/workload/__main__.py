"""`python -m stackgen.workload`: read the flags, run until told to stop."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from threading import Event
from typing import NoReturn

from stackgen.findings import StackgenError
from stackgen.workload.scenarios import SCENARIOS
from stackgen.workload.settings import Settings

#: Each flag may be given as an environment variable of this prefix: STACKGEN_WORKLOAD_REDIS and so on.
_ENVIRONMENT = "STACKGEN_WORKLOAD_"

_DEFAULTS = Settings()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise StackgenError(f"{message}; --help lists the flags")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 1 <= rate <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of requests per second from 1 to 100000")
    return rate


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def settings_from(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings that the flags, or else the environment, ask for.

    Raises StackgenError for what is not understood.
    """
    parser = _Parser(
        prog="python -m stackgen.workload",
        description="Two read-through caches over Redis with traffic, observed by stackgen's cache exporter.",
        epilog=f"Each flag can be set in the environment too: {_ENVIRONMENT}REDIS, {_ENVIRONMENT}RATE, ...",
    )

    def add(name: str, default: object, help_: str, kind: type | object = str) -> None:
        # argparse converts a default that is text as it does a flag, so the environment is checked alike.
        chosen = environment.get(_ENVIRONMENT + name.upper()) or str(default)
        parser.add_argument(f"--{name}", default=chosen, type=kind, help=f"{help_} (default: {default})")  # type: ignore[arg-type]

    add("redis", _DEFAULTS.redis, "URL of the Redis that holds the entries")
    add("host", _DEFAULTS.host, "address to serve on")
    add("port", _DEFAULTS.port, "port to serve on, 0 for a free one", _port)
    add("rate", _DEFAULTS.rate, "requests per second, over both caches", _rate)
    add("seed", _DEFAULTS.seed, "makes the requests reproducible", int)
    add("scenario", _DEFAULTS.scenario, f"what to begin with: {', '.join(SCENARIOS)}")
    return Settings(**vars(parser.parse_args(arguments)))


def run(settings: Settings, stop: Event) -> None:
    """Run the workload until `stop` is set; says on stdout where it is found.

    Raises StackgenError when it cannot be started.
    """
    try:
        from prometheus_client import REGISTRY  # noqa: PLC0415 - a missing package gets one clear line

        from stackgen.workload.application import Application  # noqa: PLC0415
        from stackgen.workload.clients import without_password  # noqa: PLC0415
        from stackgen.workload.server import Server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise StackgenError("the package 'redis' is missing; pip install 'stackgen[workload]'") from error
    application = Application(settings, REGISTRY)
    server = Server(application, settings.host, settings.port)
    try:
        application.start()
        shown = without_password(settings.redis)
        print(f"workload: {server.url} (scenario {settings.scenario}, {shown})", flush=True)  # noqa: T201
        stop.wait()
    finally:
        server.stop()
        application.stop()


def main() -> int:
    """The command; its exit code."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(settings_from(sys.argv[1:], os.environ), stop)
    except StackgenError as error:
        print(f"stackgen.workload: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
