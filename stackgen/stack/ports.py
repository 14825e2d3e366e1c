"""Whether the stack's ports are free, said before anything is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

from stackgen.conventions import environment_name
from stackgen.findings import StackgenError


def require_free(ports: Mapping[str, int]) -> None:
    """Raise StackgenError, with one line for each service, if one of their ports on 127.0.0.1 cannot be had."""
    problems = []
    owners: dict[int, str] = {}
    for service, port in ports.items():
        cure = f"set {environment_name('PORT', service)} to another port"
        if (other := owners.setdefault(port, service)) != service:
            problems.append(f"{service} and {other} both want port {port}; {cure}")
        elif (reason := _taken(port)) is not None:
            problems.append(f"port {port}, which {service} needs, {reason}; free it, or {cure}")
    if problems:
        raise StackgenError("\n".join(problems))


def _taken(port: int) -> str | None:
    """Why nothing can listen on the port; None: it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the last run that are still being forgotten are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use"
            return f"cannot be used ({error.strerror})"
    return None
