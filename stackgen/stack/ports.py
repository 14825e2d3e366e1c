"""Whether the stack's ports are free, said before anything is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Mapping

from stackgen.conventions import STATSD, environment_name
from stackgen.findings import StackgenError
from stackgen.stack.compose_file import Port


def require_free(ports: Mapping[str, Collection[Port]], had: Mapping[str, Collection[Port]] | None = None) -> None:
    """Raise StackgenError, with one line for each, if one of the services' ports on 127.0.0.1 cannot be had.

    `had` are the ports that services have already, which they may keep.
    """
    problems = []
    owners: dict[tuple[int, bool], str] = {}
    for service, port in ((service, port) for service, some in ports.items() for port in some):
        now = {each.inside: each.published for each in (had or {}).get(service, ()) if each.udp == port.udp}
        held = now.get(port.inside)
        # Of all services one takes packets.
        variable = environment_name("PORT", STATSD if port.udp else service)
        other_port = f"{variable}={held}, where it is now" if held is not None else f"{variable} to another port"
        cure = f"set {other_port}"
        name = f"UDP port {port.published}" if port.udp else f"port {port.published}"
        if (other := owners.setdefault((port.published, port.udp), service)) != service:
            problems.append(f"{service} and {other} both want {name}; {cure}")
        elif held != port.published and (reason := _taken(port)) is not None:
            problems.append(f"{name}, which {service} needs, {reason}; free it, or {cure}")
    if problems:
        raise StackgenError("\n".join(problems))


def _taken(port: Port) -> str | None:
    """Why nothing can listen on the port; None: it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if port.udp else socket.SOCK_STREAM) as probe:
        if not port.udp:
            # As servers do: connections of the last run that are still being forgotten are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port.published))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use"
            return f"cannot be used ({error.strerror})"
    return None
