"""The compose file: which services run, hardened and bounded alike, and how they find each other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from stackgen import conventions
from stackgen.definition.model import Definition, Service
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.compose_files import grafana
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
_ORDER = ("receiver", "alertmanager", "redis", "redis-exporter", "workload", "prometheus", "grafana")

#: What must answer before a service starts, as far as it is part of the stack.
_AFTER = {
    "alertmanager": ("receiver",),
    "redis-exporter": ("redis",),
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
    "workload": "256m",
    "prometheus": "1g",
    "grafana": "512m",
}

#: Share of the processors that each may take, at most one: a limit above what the machine has is refused;
#: `STACKGEN_CPUS_<SERVICE>` replaces it.
_CPUS = {"alertmanager": "0.5", "redis-exporter": "0.5"}

#: What people open in a browser or send to is in both networks, the rest in the one that nothing reaches from outside.
_NETWORKS = """\
networks:
  # Where the published ports lead to; it reaches the internet, as Alertmanager has to.
  frontend: {}
  # Where services talk to each other. Nothing comes in, nothing gets out.
  backend:
    internal: true
"""

#: A cache: bounded, evicting, empty after a restart, and reachable from the other containers without a password.
_REDIS = (
    *("redis-server", "--bind", "0.0.0.0", "--port", str(conventions.SERVICE_PORTS["redis"]), "--protected-mode", "no"),  # noqa: S104
    *("--save", "", "--appendonly", "no", "--maxmemory", "24mb", "--maxmemory-policy", "allkeys-lru"),
)

#: Services whose image has neither a shell nor a client to ask with.
_WITHOUT_CHECK = ("redis-exporter",)


def compose_yaml(definition: Definition) -> str:
    """`compose.yaml`."""
    known = {*conventions.CORE_SERVICES, *(name for name in definition.stack.services if _is_known(definition, name))}
    blocks = [_block(name, _known_service(definition, name), "hardened") for name in _ORDER if name in known]
    own = [service for service in definition.stack.services.values() if not _is_known(definition, service.name)]
    blocks += [_block(service.name, _own_service(definition, service), "service") for service in own]
    secrets = (grafana.PASSWORD, *_receiver_secrets(definition))
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
        + to_yaml({"volumes": {name: {} for name in ("alertmanager-data", "prometheus-data", "grafana-data")}})
        + f"\n# Never committed. `stackgen up` makes {grafana.PASSWORD} where it is missing.\n"
        + to_yaml({"secrets": {name: {"file": f"./secrets/{name}"} for name in secrets}})
    )


def _receiver_secrets(definition: Definition) -> tuple[str, ...]:
    """Names of the secrets that receivers are reached with, each once."""
    named = (secret for receiver in definition.stack.receivers.values() for secret in receiver.secrets.values())
    return tuple(dict.fromkeys(named))


def _is_known(definition: Definition, name: str) -> bool:
    return name in conventions.KNOWN_SERVICES and definition.stack.services[name].image is None


def _block(name: str, service: Mapping[str, object], base: str) -> str:
    return textwrap.indent(f"{name}:\n  <<: *{base}\n" + textwrap.indent(to_yaml(service), "  "), "  ")


def _known_service(definition: Definition, name: str) -> dict[str, object]:
    service: dict[str, object] = {**_image(definition, name), **_settings(definition, name)}
    wanted = definition.stack.services.get(name, Service(name=name))
    if wanted.command:
        service["command"] = list(wanted.command)
    if wanted.environment:
        service["environment"] = {key: Quoted(value) for key, value in wanted.environment.items()}
    service |= _reachable(definition, name)
    if name not in _WITHOUT_CHECK:
        service["healthcheck"] = _healthcheck(name)
    present = {*conventions.CORE_SERVICES, *definition.stack.services}
    if after := [other for other in (*_AFTER.get(name, ()), *wanted.depends_on) if other in present]:
        service["depends_on"] = {other: {"condition": _condition(definition, other)} for other in after}
    service["mem_limit"] = f"${{{conventions.environment_name('MEMORY', name)}:-{_MEMORY[name]}}}"
    service["cpus"] = f"${{{conventions.environment_name('CPUS', name)}:-{_CPUS.get(name, '1.0')}}}"
    return service


def _own_service(definition: Definition, service: Service) -> dict[str, object]:
    """A service of the user's: nothing is known of what it writes or needs, so it is bounded less."""
    image = definition.stack.images.get(service.name, service.image)
    data: dict[str, object] = {"image": f"${{{conventions.environment_name('IMAGE', service.name)}:-{image}}}"}
    if service.command:
        data["command"] = list(service.command)
    if service.environment:
        data["environment"] = {key: Quoted(value) for key, value in service.environment.items()}
    data["networks"] = Inline(["frontend", "backend"])
    if service.port is not None:
        data["ports"] = [_port(definition, service.name, service.port)]
    if service.depends_on:
        data["depends_on"] = {name: {"condition": _condition(definition, name)} for name in service.depends_on}
    return data


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


def _reachable(definition: Definition, name: str) -> dict[str, object]:
    """A service's networks and ports: one that only other services ask is published if `stack.ports` says where."""
    ports = [_port(definition, name, conventions.SERVICE_PORTS[name])]
    if name in conventions.INNER_SERVICES and name not in definition.stack.ports:
        # Processes have no networks of their own: the native engine has the service listen there.
        return {"networks": Inline(["backend"]), "x-native-ports": ports}
    return {"networks": Inline(["frontend", "backend"]), "ports": ports}


def _port(definition: Definition, name: str, inside: int) -> Quoted:
    """Published on the loopback interface alone: nothing of the stack has a password but Grafana."""
    return Quoted(f"127.0.0.1:{_published(definition, name, inside)}:{inside}")


def _published(definition: Definition, name: str, inside: int) -> str:
    default = conventions.published_port(name) if name in conventions.SERVICE_PORTS else inside
    return f"${{{conventions.environment_name('PORT', name)}:-{definition.stack.ports.get(name, default)}}}"


def _address(name: str) -> str:
    return f"{name}:{conventions.SERVICE_PORTS[name]}"


def _listen(name: str) -> str:
    return f"0.0.0.0:{conventions.SERVICE_PORTS[name]}"  # inside the container


def _outside(definition: Definition, name: str) -> str:
    """Where a person's browser finds the service."""
    return f"http://127.0.0.1:{_published(definition, name, conventions.SERVICE_PORTS[name])}"


def _condition(definition: Definition, name: str) -> str:
    checked = name in conventions.CORE_SERVICES or (_is_known(definition, name) and name not in _WITHOUT_CHECK)
    return "service_healthy" if checked else "service_started"


def _healthcheck(name: str) -> dict[str, object]:
    # Grafana migrates its database when it first starts.
    start = "120s" if name == "grafana" else "30s"
    return {"test": Inline(_ask(name)), "interval": "5s", "timeout": "4s", "retries": 3, "start_period": start}


def _ask(name: str) -> list[object]:
    """The command that succeeds while the service answers; it runs in the service's own container."""
    if name == "redis":
        return ["CMD", "redis-cli", "-e", "ping"]
    path = {"prometheus": "/-/ready", "alertmanager": "/-/ready", "grafana": "/api/health"}.get(name, "/health")
    url = f"http://127.0.0.1:{conventions.SERVICE_PORTS[name]}{path}"
    if name in ("receiver", "workload"):
        return ["CMD", "python", "-c", Quoted(f"import urllib.request as r; r.urlopen('{url}', timeout=3)")]
    return ["CMD", "wget", "-q", "-T", Quoted("3"), "-O", "/dev/null", Quoted(url)]


def _settings(definition: Definition, name: str) -> dict[str, object]:
    """What is special to one service: its command, environment, mounts and user."""
    match name:
        case "receiver":
            return {
                "command": ["python", "-m", "stackgen.stack.receiver", *_serve("receiver"), "--runbooks=/srv/runbooks"],
                "volumes": ["../alerts/runbooks:/srv/runbooks:ro"],
            }
        case "alertmanager":
            return {
                "user": Quoted("65534:65534"),
                "command": [
                    "--config.file=/etc/alertmanager/alertmanager.yml",
                    "--storage.path=/alertmanager",
                    f"--web.listen-address={_listen('alertmanager')}",
                    f"--web.external-url={_outside(definition, 'alertmanager')}",
                    "--cluster.listen-address=",
                ],
                "volumes": ["./alertmanager:/etc/alertmanager:ro", "alertmanager-data:/alertmanager"],
                **({"secrets": list(secrets)} if (secrets := _receiver_secrets(definition)) else {}),
            }
        case "prometheus":
            return _prometheus(definition)
        case "grafana":
            return {
                "user": Quoted("472:0"),
                "environment": {key: Quoted(value) for key, value in grafana.environment(definition).items()},
                "volumes": [
                    "./grafana/provisioning:/etc/grafana/provisioning:ro",
                    f"../dashboards:{grafana.DASHBOARDS}:ro",
                    "grafana-data:/var/lib/grafana",
                ],
                "secrets": [grafana.PASSWORD],
            }
        case "redis":
            return {"user": Quoted("999:999"), "command": list(_REDIS), "tmpfs": ["/data:size=16m,mode=1777"]}
        case "redis-exporter":
            return {
                "user": Quoted("59000:59000"),
                "command": [f"--redis.addr=redis://{_address('redis')}", f"--web.listen-address={_listen(name)}"],
            }
        case _:
            redis = f"--redis=redis://{_address('redis')}/0"
            return {"command": ["python", "-m", "stackgen.workload", redis, *_serve("workload")]}


def _prometheus(definition: Definition) -> dict[str, object]:
    settings: dict[str, object] = {
        "user": Quoted("65534:65534"),
        "command": [
            "--config.file=/etc/prometheus/config/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            f"--storage.tsdb.retention.time={prometheus_duration(definition.stack.retention)}",
            "--storage.tsdb.retention.size=${STACKGEN_RETENTION_SIZE:-8GB}",
            "--enable-feature=exemplar-storage",
            f"--web.listen-address={_listen('prometheus')}",
            f"--web.external-url={_outside(definition, 'prometheus')}",
        ],
        "volumes": [
            "./prometheus:/etc/prometheus/config:ro",
            "../alerts:/etc/prometheus/rules:ro",
            "prometheus-data:/prometheus",
        ],
    }
    if definition.stack.targets:
        # Targets on the machine itself are `host.docker.internal:PORT`; outside of Docker Desktop the name needs this.
        settings["extra_hosts"] = ["host.docker.internal:host-gateway"]
    return settings


def _serve(name: str) -> Iterator[str]:
    yield "--host=0.0.0.0"
    yield f"--port={conventions.SERVICE_PORTS[name]}"
