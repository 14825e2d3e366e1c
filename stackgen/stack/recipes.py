"""How the images that stackgen knows run as native processes: which program, which arguments, how to ask it.

What an image's entrypoint does is done here; what the compose file says is passed on. The port and the address to
listen on are always set, to the published port on 127.0.0.1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stackgen.conventions import STATSD_PORT
from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.flags import set_flag
from stackgen.stack.health import Check

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is known of a service when its command line is put together, all of it translated for the machine."""

    command: Words
    environment: Mapping[str, str]
    #: The published port; of all ports, what each inside is outside.
    port: int
    ports: Mapping[int, int]
    #: The local folder for each container path of `Recipe.folders`.
    folders: Mapping[str, Path]
    program: Located


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one image is run."""

    #: Key in `binaries.BINARIES`; None: the Python that runs stackgen.
    binary: str | None
    #: The port that the image listens on unless told otherwise.
    port: int
    #: The command line after the program.
    arguments: Callable[[Launch], Words]
    check: Callable[[int], Check]
    environment: Callable[[Launch], Mapping[str, str]] = lambda launch: launch.environment
    #: Container paths that the image writes to, whether or not something is mounted there.
    folders: Words = ()
    #: The one of them whose disk it does not get over by itself when it was full.
    log_folder: str | None = None
    #: Words that a command may begin with, which name the program itself.
    names: Words = ()
    #: Whether the program tells flags that it does not know from those that it does.
    asks_for_flags: bool = False
    #: The stack is useful without it: a missing binary is no error.
    optional: bool = False

    def words(self, service: ComposeService) -> Words:
        """The service's command without the program's name; raises StackgenError if it runs another program."""
        if not service.command or service.command[0].startswith("-"):
            return service.command
        if service.command[0] in self.names:
            return service.command[1:]
        raise StackgenError(
            f"{service.name} runs '{service.command[0]}', which the native engine cannot; use `--engine docker`"
        )


def recipe_for(service: ComposeService) -> Recipe | None:
    """How to run a service: by the last part of its image's name, else by its own name; None if neither is known."""
    if service.image is None:
        return _PYTHON
    image = service.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return RECIPES.get(image.replace("_", "-")) or RECIPES.get(service.name)


def _listening(launch: Launch) -> Words:
    return set_flag(launch.command, "web.listen-address", f"127.0.0.1:{launch.port}")


def _prometheus(launch: Launch) -> Words:
    return _with_default(_listening(launch), "storage.tsdb.path", launch.folders["/prometheus"])


def _alertmanager(launch: Launch) -> Words:
    words = _with_default(_listening(launch), "storage.path", launch.folders["/alertmanager"])
    # One Alertmanager has no peers: without this it opens a port for them on every interface.
    return set_flag(words, "cluster.listen-address", "")


def _with_default(words: Words, name: str, value: Path) -> Words:
    return words if any(word.startswith(f"--{name}=") for word in words) else set_flag(words, name, str(value))


def _redis(launch: Launch) -> Words:
    # The last word on a setting counts, so these stand after the compose file's.
    return (
        *launch.command,
        *("--bind", "127.0.0.1", "--port", str(launch.port)),
        *("--dir", str(launch.folders["/data"]), "--daemonize", "no"),
    )


def _memcached(launch: Launch) -> Words:
    # It refuses to run as root unless told which user to be; -u is ignored for anybody else.
    return (*launch.command, "-l", "127.0.0.1", "-p", str(launch.port), "-U", "0", "-u", "nobody")


def _statsd(launch: Launch) -> Words:
    words = set_flag(_listening(launch), "statsd.listen-udp", f"127.0.0.1:{launch.ports.get(STATSD_PORT, STATSD_PORT)}")
    # It would listen for TCP on every interface.
    return set_flag(words, "statsd.listen-tcp", "")


def _victoriametrics(launch: Launch) -> Words:
    return set_flag(launch.command, "httpListenAddr", f"127.0.0.1:{launch.port}")


def _python(launch: Launch) -> Words:
    # -P: what lies in the working directory is no module.
    words = set_flag(set_flag(launch.command, "host", "127.0.0.1"), "port", str(launch.port))
    return ("-P", *words)


def _python_environment(launch: Launch) -> Mapping[str, str]:
    return {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **launch.environment}


def _grafana(launch: Launch) -> Words:
    server = ("server",) if launch.program.path.name == "grafana" else ()
    return (*server, f"--homepath={grafana_home(launch.program.path)}", *launch.command)


def _grafana_environment(launch: Launch) -> Mapping[str, str]:
    folder = launch.folders["/var/lib/grafana"]
    settings = {
        "GF_PATHS_DATA": str(folder),
        "GF_PATHS_LOGS": str(folder / "log"),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        "GF_PATHS_PROVISIONING": str(launch.folders["/etc/grafana/provisioning"]),
    }
    for name, value in launch.environment.items():
        # The image's entrypoint reads such files into the environment; Grafana itself can read them when it starts.
        if name.endswith("__FILE"):
            settings[name.removesuffix("__FILE")] = f"$__file{{{value}}}"
        else:
            settings[name] = value
    return settings | {"GF_SERVER_HTTP_ADDR": "127.0.0.1", "GF_SERVER_HTTP_PORT": str(launch.port)}


def grafana_home(program: Path) -> Path:
    """The folder of Grafana's own files: the one that the program lies in, else where packages put it."""
    candidates = (*program.resolve().parents, Path("/usr/share/grafana"))
    for folder in candidates:
        if (folder / "conf" / "defaults.ini").is_file():
            return folder
    raise StackgenError(f"Grafana's own files (conf/defaults.ini) are not found beside {program}")


def _http(path: str) -> Callable[[int], Check]:
    return lambda port: Check("http", port, path)


_PYTHON = Recipe(
    binary=None,
    port=8000,
    arguments=_python,
    environment=_python_environment,
    check=_http("/health"),
    names=("python", "python3"),
)

#: By the last part of the image's name, with - for _.
RECIPES: Mapping[str, Recipe] = {
    "prometheus": Recipe(
        binary="prometheus",
        port=9090,
        arguments=_prometheus,
        check=_http("/-/ready"),
        folders=("/prometheus",),
        log_folder="/prometheus",
        names=("prometheus", "/bin/prometheus"),
        asks_for_flags=True,
    ),
    "alertmanager": Recipe(
        binary="alertmanager",
        port=9093,
        arguments=_alertmanager,
        check=_http("/-/ready"),
        folders=("/alertmanager",),
        names=("alertmanager", "/bin/alertmanager"),
        asks_for_flags=True,
    ),
    "redis": Recipe(
        binary="redis-server",
        port=6379,
        arguments=_redis,
        check=lambda port: Check("redis", port),
        folders=("/data",),
        names=("redis-server",),
    ),
    "redis-exporter": Recipe(
        binary="redis-exporter",
        port=9121,
        arguments=_listening,
        check=_http("/health"),
        names=("redis_exporter", "/redis_exporter"),
        asks_for_flags=True,
    ),
    "memcached": Recipe(
        binary="memcached",
        port=11211,
        arguments=_memcached,
        check=lambda port: Check("memcached", port),
        names=("memcached",),
    ),
    "memcached-exporter": Recipe(
        binary="memcached-exporter",
        port=9150,
        arguments=_listening,
        check=_http("/metrics"),
        names=("memcached_exporter", "/bin/memcached_exporter"),
        asks_for_flags=True,
        optional=True,
    ),
    "statsd-exporter": Recipe(
        binary="statsd-exporter",
        port=9102,
        arguments=_statsd,
        check=_http("/metrics"),
        names=("statsd_exporter", "/bin/statsd_exporter"),
        asks_for_flags=True,
        optional=True,
    ),
    "victoria-metrics": Recipe(
        binary="victoria-metrics",
        port=8428,
        arguments=_victoriametrics,
        check=_http("/health"),
        folders=("/var/tmp",),  # noqa: S108 - the container's
        asks_for_flags=True,
    ),
    "grafana": Recipe(
        binary="grafana",
        port=3000,
        arguments=_grafana,
        environment=_grafana_environment,
        check=_http("/api/health"),
        folders=("/var/lib/grafana", "/etc/grafana/provisioning"),
        optional=True,
    ),
}


def python() -> Located:
    """The Python that runs stackgen, which has stackgen installed."""
    return Located(Path(sys.executable))
