"""The compose file: which services run, hardened and bounded alike, and how they find each other."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from stackgen import conventions
from stackgen.definition.model import Definition, Service
from stackgen.generators.compose_files import alertmanager, grafana, prometheus
from stackgen.generators.compose_files.addresses import THE_MACHINE, port, reachable
from stackgen.generators.compose_files.settings import ADMIN_KEY, WITHOUT_CHECK, healthcheck, settings
from stackgen.generators.document import Inline, Quoted, heading, to_yaml

#: What every service has in common, and what those have that stackgen knows to live with it.
_COMMON = """\
x-service: &service
  restart: unless-stopped
  pids_limit: 256
  security_opt: ["no-new-privileges:true"]
  logging:
    driver: json-file
    options: {max-size: 10m, max-file: "3"}

# Services that write nothing but their volume and /tmp, and need no privilege at all.
x-hardened: &hardened
  <<: *service
  read_only: true
  tmpfs: ["/tmp:size=64m,mode=1777"]
  cap_drop: [ALL]

"""

#: Order in the file, which is the order in which they are listed and started natively.
_ORDER = (
    *("receiver", "alertmanager", "redis", "redis-exporter", "memcached", "memcached-exporter"),
    *("statsd-exporter", "workload", "victoriametrics", "prometheus", "grafana"),
)

#: What must answer before a service starts, as far as it is part of the stack. Alertmanager does not wait for the
#: receiver: it tries again until what it sends arrives, and all that is scraped waits for it.
_AFTER = {
    "redis-exporter": ("redis",),
    "memcached-exporter": ("memcached",),
    "workload": ("redis",),
    "prometheus": ("alertmanager",),
    "grafana": ("prometheus",),
}

#: Memory that each may take; `STACKGEN_MEMORY_<SERVICE>` replaces it.
_MEMORY = {
    "receiver": "128m",
    "alertmanager": "128m",
    "redis": "128m",
    "redis-exporter": "64m",
    "memcached": "64m",
    "memcached-exporter": "64m",
    "statsd-exporter": "64m",
    "workload": "256m",
    "victoriametrics": "512m",
    "prometheus": "1g",
    "grafana": "512m",
}
_MEMORY_OF_OTHERS = "1g"

#: What has to write down what it holds in memory has longer than Docker's ten seconds.
_STOPPING = {"prometheus": "30s", "victoriametrics": "30s"}

#: Share of the processors that each may take, at most one: a limit above what the machine has is refused;
#: `STACKGEN_CPUS_<SERVICE>` replaces it.
_CPUS = dict.fromkeys(("alertmanager", "redis-exporter", "memcached-exporter", "statsd-exporter"), "0.5")

#: What people open in a browser or send to is in both networks, the rest in the one that nothing reaches from outside.
_NETWORKS = """\
networks:
  # Where the published ports lead to; it reaches the internet, as Alertmanager has to.
  frontend: {}
  # Where services talk to each other. Nothing comes in, nothing gets out.
  backend:
    internal: true
"""


def compose_yaml(definition: Definition) -> str:
    """`compose.yaml`."""
    known = {*conventions.CORE_SERVICES, *(name for name in definition.stack.services if _is_known(definition, name))}
    blocks = [_block(name, _known_service(definition, name), "hardened") for name in _ORDER if name in known]
    own = [service for service in definition.stack.services.values() if not _is_known(definition, service.name)]
    blocks += [_block(service.name, _own_service(definition, service), "service") for service in own]
    made = [grafana.PASSWORD, *([ADMIN_KEY] if "victoriametrics" in known else [])]
    secrets = dict.fromkeys((*made, *alertmanager.secrets(definition), *prometheus.secrets(definition)))
    volumes = ["alertmanager-data", "prometheus-data", "grafana-data"]
    volumes += ["victoriametrics-data"] if "victoriametrics" in known else []
    about = f"The stack that watches {definition.title}: `stackgen up` starts it, `stackgen down` ends it."
    return (
        heading(definition, about)
        + "\n"
        + to_yaml({"name": f"stackgen-{definition.name}".lower().replace("_", "-")})
        + "\n"
        + _COMMON
        + "services:\n"
        + "\n".join(blocks)
        + "\n"
        + _NETWORKS
        + "\n"
        + to_yaml({"volumes": {name: {} for name in volumes}})
        + f"\n# Never committed. `stackgen up` makes {' and '.join(made)} where missing.\n"
        + to_yaml({"secrets": {name: {"file": f"./secrets/{name}"} for name in secrets}})
    )


def _is_known(definition: Definition, name: str) -> bool:
    return name in conventions.KNOWN_SERVICES and definition.stack.services[name].image is None


def _block(name: str, service: Mapping[str, object], base: str) -> str:
    return textwrap.indent(f"{name}:\n  <<: *{base}\n" + textwrap.indent(to_yaml(service), "  "), "  ")


def _known_service(definition: Definition, name: str) -> dict[str, object]:
    service: dict[str, object] = {**_image(definition, name), **settings(definition, name)}
    wanted = definition.stack.services.get(name, Service(name=name))
    if wanted.command:
        service["command"] = list(wanted.command)
    if wanted.environment:
        own = service.get("environment", {})
        assert isinstance(own, dict)
        service["environment"] = own | {key: Quoted(value) for key, value in wanted.environment.items()}
    service |= reachable(definition, name)
    if name not in WITHOUT_CHECK:
        service["healthcheck"] = healthcheck(name)
    present = [
        *conventions.CORE_SERVICES,
        *(each.name for each in definition.stack.services.values() if each.profile in (None, wanted.profile)),
    ]
    if after := [other for other in (*_AFTER.get(name, ()), *wanted.depends_on) if other in present]:
        service["depends_on"] = {other: {"condition": _condition(definition, other)} for other in after}
    if name in _STOPPING:
        service["stop_grace_period"] = _STOPPING[name]
    return service | _limits(name) | _profile(wanted)


def _limits(name: str) -> dict[str, object]:
    return {
        "mem_limit": f"${{{conventions.environment_name('MEMORY', name)}:-{_MEMORY.get(name, _MEMORY_OF_OTHERS)}}}",
        "cpus": f"${{{conventions.environment_name('CPUS', name)}:-{_CPUS.get(name, '1.0')}}}",
    }


def _profile(service: Service) -> dict[str, object]:
    return {} if service.profile is None else {"profiles": Inline([service.profile])}


def _own_service(definition: Definition, service: Service) -> dict[str, object]:
    """A service of the user's: nothing is known of what it writes or needs, so it is bounded less."""
    image = definition.stack.images.get(service.name, service.image)
    data: dict[str, object] = {"image": f"${{{conventions.environment_name('IMAGE', service.name)}:-{image}}}"}
    if service.command:
        data["command"] = list(service.command)
    if service.environment:
        data["environment"] = {key: Quoted(value) for key, value in service.environment.items()}
    data["networks"] = Inline(["frontend", "backend"])
    data["extra_hosts"] = Inline([THE_MACHINE])
    if service.port is not None:
        data["ports"] = [port(definition, service.name, service.port)]
    if service.depends_on:
        data["depends_on"] = {name: {"condition": _condition(definition, name)} for name in service.depends_on}
    return data | _limits(service.name) | _profile(service)


def _image(definition: Definition, name: str) -> dict[str, object]:
    if name in ("receiver", "workload"):
        python = definition.stack.images.get("python", conventions.IMAGES["python"])
        return {
            "build": {
                "context": "./workload",
                "args": {"PYTHON_IMAGE": f"${{{conventions.environment_name('IMAGE', 'python')}:-{python}}}"},
            }
        }
    image = definition.stack.images.get(name, conventions.IMAGES[name])
    return {"image": f"${{{conventions.environment_name('IMAGE', name)}:-{image}}}"}


def _condition(definition: Definition, name: str) -> str:
    checked = name in conventions.CORE_SERVICES or (_is_known(definition, name) and name not in WITHOUT_CHECK)
    return "service_healthy" if checked else "service_started"
