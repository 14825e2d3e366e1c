"""`python -m stackgen.stack.receiver`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from stackgen.stack.receiver.inbox import Inbox
from stackgen.stack.receiver.server import ReceiverServer

_log = logging.getLogger("stackgen.receiver")


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 if the address cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m stackgen.stack.receiver", description="Show the alerts that Alertmanager delivers."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=9095, help="port to listen on (default: %(default)s)")
    parser.add_argument("--runbooks", type=Path, metavar="DIR", help="folder of the generated runbooks")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # As a container's first process it would be deaf to the default SIGTERM.
    signal.signal(signal.SIGTERM, _stop)
    try:
        server = ReceiverServer((arguments.host, arguments.port), Inbox(), arguments.runbooks)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _log.error("cannot listen on %s:%d: %s; choose another with --port", arguments.host, arguments.port, reason)
        return 2
    _log.info("listening on http://%s:%d", arguments.host, server.server_port)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a signal's handler
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
