"""How services are reached: by each other, by a browser on the machine, and by nobody else."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.generators.document import Inline, Quoted

#: For a container's `extra_hosts`: what runs on the machine itself is `host.docker.internal:PORT`, a name that only
#: Docker Desktop knows by itself.
THE_MACHINE = "host.docker.internal:host-gateway"


def address(name: str) -> str:
    """Where other containers find a service."""
    return f"{name}:{conventions.SERVICE_PORTS[name]}"


def listen(name: str) -> str:
    """Where a service listens, inside its container."""
    return f"0.0.0.0:{conventions.SERVICE_PORTS[name]}"


def outside(definition: Definition, name: str) -> str:
    """Where a person's browser finds a service."""
    return f"http://127.0.0.1:{_published(definition, name, conventions.SERVICE_PORTS[name])}"


def port(definition: Definition, name: str, inside: int) -> Quoted:
    """Published on the loopback interface alone: nothing of the stack has a password but Grafana."""
    return Quoted(f"127.0.0.1:{_published(definition, name, inside)}:{inside}")


def reachable(definition: Definition, name: str) -> dict[str, object]:
    """A service's networks and ports: one that only other services ask is published if `stack.ports` says where."""
    ports = [port(definition, name, conventions.SERVICE_PORTS[name])]
    if name == "statsd-exporter":
        statsd = conventions.environment_name("PORT", conventions.STATSD)
        ports.append(Quoted(f"127.0.0.1:${{{statsd}:-{conventions.STATSD_PORT}}}:{conventions.STATSD_PORT}/udp"))
    if name in conventions.INNER_SERVICES and name not in definition.stack.ports:
        # Processes have no networks of their own: the native engine has the service listen there.
        return {"networks": Inline(["backend"]), "x-native-ports": ports}
    return {"networks": Inline(["frontend", "backend"]), "ports": ports}


def _published(definition: Definition, name: str, inside: int) -> str:
    default = conventions.published_port(name) if name in conventions.SERVICE_PORTS else inside
    return f"${{{conventions.environment_name('PORT', name)}:-{definition.stack.ports.get(name, default)}}}"
