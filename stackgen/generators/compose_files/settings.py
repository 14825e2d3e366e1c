"""What is special to each service that stackgen knows: command, user and mounts, and how it is asked for its health."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.generators.compose_files import alertmanager, grafana, prometheus, prometheus_health
from stackgen.generators.compose_files.addresses import address, listen
from stackgen.generators.document import Inline, Quoted

#: Services whose image has neither a shell nor a client to ask with.
WITHOUT_CHECK = ("redis-exporter",)

#: A cache: bounded, evicting, empty after a restart, and reachable from the other containers without a password.
_REDIS = (
    *("redis-server", "--bind", "0.0.0.0", "--port", str(conventions.SERVICE_PORTS["redis"]), "--protected-mode", "no"),  # noqa: S104
    *("--save", "", "--appendonly", "no", "--maxmemory", "24mb", "--maxmemory-policy", "allkeys-lru"),
)

#: The secret that VictoriaMetrics wants to be shown by who administers it.
ADMIN_KEY = "victoriametrics_admin_key"

#: What can be done to it: https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#security
_ADMINISTRATION = ("delete", "snapshot", "forceMerge", "forceFlush")

#: Asked by a shell that speaks memcached's protocol: the image has no client.
_MEMCACHED_CHECK = (
    f"exec 3<>/dev/tcp/127.0.0.1/{conventions.SERVICE_PORTS['memcached']}; "
    "printf 'version\\r\\n' >&3; read -r line <&3; [[ $$line == VERSION* ]]"
)

#: A Python image has no client either; importing an HTTP library each time would cost more than all the rest.
_PYTHON_CHECK = (
    "import socket; asked = socket.create_connection(('127.0.0.1', {port}), 3); "
    "asked.sendall(b'GET /health HTTP/1.0\\r\\n\\r\\n'); assert b' 200 ' in asked.recv(64)"
)

#: What takes longer to start: Grafana migrates its database the first time, the others read back what they had stored.
_START = {"grafana": "120s", "prometheus": "170s", "victoriametrics": "170s"}

_PATHS = {
    "alertmanager": "/-/ready",
    "grafana": "/api/health",
    "memcached-exporter": "/metrics",
    "statsd-exporter": "/metrics",
}


def settings(definition: Definition, name: str) -> dict[str, object]:
    """A service's command, environment, mounts and user."""
    match name:
        case "receiver":
            return {
                "command": ["python", "-m", "stackgen.stack.receiver", *_serve("receiver"), "--runbooks=/srv/runbooks"],
                "volumes": ["../alerts/runbooks:/srv/runbooks:ro"],
            }
        case "alertmanager":
            return alertmanager.service(definition)
        case "prometheus":
            return prometheus.service(definition)
        case "grafana":
            return grafana.service(definition)
        case "redis":
            return {"user": Quoted("999:999"), "command": list(_REDIS), "tmpfs": ["/data:size=16m,mode=1777"]}
        case "redis-exporter":
            return {
                "user": Quoted("59000:59000"),
                "command": [
                    f"--redis.addr=redis://{address('redis')}",
                    # It tries twice, and has to say that Redis hangs before Prometheus gives it up.
                    "--connection-timeout=3s",
                    f"--web.listen-address={listen(name)}",
                ],
            }
        case "memcached":
            # The image's own user; 24 MB are as many as the stack's Redis has. It listens everywhere by itself.
            return {"user": Quoted("11211:11211"), "command": ["memcached", "-m", "24"]}
        case "memcached-exporter":
            return {
                "user": Quoted("65534:65534"),
                "command": [f"--memcached.address={address('memcached')}", f"--web.listen-address={listen(name)}"],
            }
        case "statsd-exporter":
            return {
                "user": Quoted("65534:65534"),
                "command": [
                    f"--web.listen-address={listen(name)}",
                    f"--statsd.listen-udp=0.0.0.0:{conventions.STATSD_PORT}",
                    "--statsd.listen-tcp=",
                    "--statsd.mapping-config=/etc/statsd/mapping.yml",
                ],
                "volumes": ["${STACKGEN_CONFIGURATION:-.}/statsd:/etc/statsd:ro"],
            }
        case "victoriametrics":
            return {
                "user": Quoted("65534:65534"),
                "command": [
                    "--storageDataPath=/var/tmp/victoriametrics",
                    "--retentionPeriod=${STACKGEN_LONG_RETENTION:-1y}",
                    f"--httpListenAddr={listen(name)}",
                    # Whoever may write samples may not remove them.
                    *(f"--{what}AuthKey=file:///run/secrets/{ADMIN_KEY}" for what in _ADMINISTRATION),
                ],
                # Docker gives a fresh volume the mode of the folder that it covers. This one everybody may write to in
                # any image; the image has no folder of data, and one that Docker makes would be root's.
                "volumes": ["victoriametrics-data:/var/tmp"],
                "secrets": [ADMIN_KEY],
            }
        case _:
            redis = f"--redis=redis://{address('redis')}/0"
            return {
                "command": ["python", "-m", "stackgen.workload", redis, *_serve("workload")],
                # Empty is what it is without it: the workload knows its rate.
                "environment": {"STACKGEN_WORKLOAD_RATE": Quoted("${STACKGEN_WORKLOAD_RATE:-}")},
            }


def healthcheck(name: str) -> dict[str, object]:
    """How a service is asked; the engine asks for the first time one interval after the start."""
    # An answer within the start period counts at once, none does not.
    start = _START.get(name, "60s")
    return {"test": Inline(_ask(name)), "interval": "5s", "timeout": "8s", "retries": 5, "start_period": start}


def _ask(name: str) -> list[object]:
    """The command that succeeds while the service answers; it runs in the service's own container."""
    if name == "redis":
        return ["CMD", "redis-cli", "-e", "ping"]
    if name == "memcached":
        return ["CMD", "bash", "-c", Quoted(_MEMCACHED_CHECK)]
    if name in ("receiver", "workload"):
        return ["CMD", "python", "-I", "-S", "-c", Quoted(_PYTHON_CHECK.format(port=conventions.SERVICE_PORTS[name]))]
    if name == "prometheus":
        return ["CMD", "sh", f"{prometheus.CONFIGURATION}/{prometheus_health.SCRIPT}"]
    url = f"http://127.0.0.1:{conventions.SERVICE_PORTS[name]}{_PATHS.get(name, '/health')}"
    return ["CMD", "wget", "-q", "-T", Quoted("3"), "-O", "/dev/null", Quoted(url)]


def _serve(name: str) -> Iterator[str]:
    yield "--host=0.0.0.0"
    yield f"--port={conventions.SERVICE_PORTS[name]}"
