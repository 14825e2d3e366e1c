"""Turns a project's compose file into a plan of native processes, and lays out the files that they read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.binaries import BINARIES, Located, locate, on_path
from stackgen.stack.compose_file import ComposeService, Mount, Port, read
from stackgen.stack.draft import Draft
from stackgen.stack.engine import Report
from stackgen.stack.flags import known_flags
from stackgen.stack.health import Check, FullDisk
from stackgen.stack.plan import PASSED_ON, Plan, Process, default_path
from stackgen.stack.processes import MARK
from stackgen.stack.profiles import chosen
from stackgen.stack.recipes import Launch, Recipe, python, recipe_for
from stackgen.stack.selection import understood, unscraped, without
from stackgen.stack.state import Layout
from stackgen.stack.targets import TARGETS
from stackgen.stack.translate import Translator

Locate = Callable[[str, Report], Located]

_CONFIGURATION = {".yml", ".yaml", ".ini", ".toml", ".conf", ".cfg"}

_CHECK_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::\d+)?(/[^\s'\"]*)?")


def make_plan(
    layout: Layout,
    environment: Mapping[str, str],
    report: Report,
    find: Locate = locate,
    profiles: Collection[str] = (),
) -> Draft:
    """The plan of the project's compose file with these profiles, and what has to be written for it.

    Services that have no native form are left out, with those
    that need them. Raises StackgenError for a compose file that cannot be used, for a program that cannot be had, and
    for files that are not there.
    """
    if set("*?[\\") & set(str(layout.project)):
        # Prometheus reads the names of its rule files as patterns.
        raise StackgenError(
            f"{layout.project}: the native engine does not work in a folder with *, ?, [ or \\ in its path"
        )
    everything = read(default_path(layout.project), environment)
    services = chosen(everything, profiles)
    left_out = left_out_of(services)
    recipes = {name: recipe for name, service in services.items() if (recipe := recipe_for(service)) is not None}
    absent = everything.keys() - (services.keys() - left_out.keys())
    planner = _Planner(layout, environment, report, find, _ports(services, recipes), absent)
    processes = [
        planner.process(service, recipes[name], left_out) for name, service in services.items() if name not in left_out
    ]
    return Draft(
        plan=Plan(processes=tuple(processes), left_out=left_out),
        files=planner.files,
        folders=frozenset(planner.folders),
    )


def left_out_of(services: Mapping[str, ComposeService]) -> dict[str, str]:
    """The services that cannot be run as processes here, with the reason."""
    reasons: dict[str, str] = {}
    for service in services.values():
        recipe = recipe_for(service)
        if recipe is None:
            reasons[service.name] = f"the image {service.image} runs only with Docker"
        elif recipe.optional and recipe.binary is not None and on_path(recipe.binary) is None:
            reasons[service.name] = f"there is no {' or '.join(BINARIES[recipe.binary].names)} on PATH"
    while needing := {
        service.name: f"it needs {other}, which is left out"
        for service in services.values()
        for other in service.after
        if other in reasons and service.name not in reasons
    }:
        reasons |= needing
    return {name: reasons[name] for name in services if name in reasons}


def _ports(services: Mapping[str, ComposeService], recipes: Mapping[str, Recipe]) -> dict[str, tuple[Port, ...]]:
    """Where each service listens: as published, else as meant for processes, else on the port of its image."""
    return {
        name: service.ports
        or service.native_ports
        or ((Port(recipes[name].port, recipes[name].port),) if name in recipes else ())
        for name, service in services.items()
    }


class _Planner:
    """Makes one process after the other; all of them know each other's addresses."""

    def __init__(
        self,
        layout: Layout,
        environment: Mapping[str, str],
        report: Report,
        find: Locate,
        ports: Mapping[str, tuple[Port, ...]],
        absent: Collection[str],
    ) -> None:
        self._layout = layout
        self._report = report
        self._find = find
        self._ports = ports
        self._absent, self._unscraped = absent, unscraped(layout.project, absent)
        self._base = {name: environment[name] for name in PASSED_ON if name in environment}
        self._base[MARK] = str(layout.folder)
        self.files: dict[Path, bytes] = {}
        self.folders: set[Path] = set()
        #: Of the configuration of the process that is being planned.
        self._read = hashlib.sha256()
        self._addresses = {(name, port.inside): port.published for name, some in ports.items() for port in some}

    def process(self, service: ComposeService, recipe: Recipe, left_out: Mapping[str, str]) -> Process:
        """How a service is run."""
        self._read = hashlib.sha256()
        own, *others = self._ports[service.name]
        port = own.published
        translator = Translator(self._paths(service, recipe), self._addresses)
        program = python() if recipe.binary is None else self._find(recipe.binary, self._report)
        launch = Launch(
            command=tuple(translator.text(word) for word in recipe.words(service)),
            environment={name: translator.text(value) for name, value in service.environment.items()},
            port=port,
            ports={each.inside: each.published for each in self._ports[service.name]},
            folders={folder: Path(translator.text(folder)) for folder in recipe.folders},
            program=program,
        )
        version = "" if recipe.binary is None else program.version()
        directory = program.directory or self._layout.run / service.name
        self.folders.add(directory)
        return Process(
            name=service.name,
            command=(str(program.path), *self._arguments(service.name, recipe, launch, version)),
            environment={**self._base, **program.environment, **recipe.environment(launch)},
            directory=str(directory),
            check=_check(service, recipe, port),
            after={name: ready for name, ready in service.after.items() if name not in left_out},
            restart=service.restart,
            full_disk=None if recipe.log_folder is None else FullDisk(port, str(launch.folders[recipe.log_folder])),
            version=version,
            configuration=self._read.hexdigest(),
            ports=(own, *(each for each in others if each.udp)),
        )

    def _arguments(self, name: str, recipe: Recipe, launch: Launch, version: str) -> tuple[str, ...]:
        arguments = recipe.arguments(launch)
        if not recipe.asks_for_flags:
            return arguments
        known, unknown = known_flags(launch.program, arguments)
        for flag in unknown:
            self._report(f"{name} {version} does not know {flag}; it runs without")
        return known

    def _paths(self, service: ComposeService, recipe: Recipe) -> dict[str, Path]:
        """Where everything that the container would see is on the machine."""
        paths = {folder: self._fresh(service, folder) for folder in recipe.folders}
        for mount in service.mounts:
            if mount.volume is not None:
                paths[mount.target] = self._layout.data / mount.volume
                self.folders.add(paths[mount.target])
            elif mount.source is None:
                paths[mount.target] = self._fresh(service, mount.target)
        bound = {mount.target: mount.source for mount in service.mounts if mount.source is not None}
        # What a configuration file names may be mounted too, so all places are known before any file is translated.
        translator = Translator(paths | bound, self._addresses)
        local = {
            mount.target: self._bound(service, mount, translator) for mount in service.mounts if mount.target in bound
        }
        return paths | local

    def _fresh(self, service: ComposeService, target: str) -> Path:
        folder = self._layout.run / service.name / target.strip("/")
        self.folders.add(folder)
        return folder

    def _bound(self, service: ComposeService, mount: Mount, translator: Translator) -> Path:
        """A file or folder of the project: itself, or a translated copy if it names paths or addresses."""
        source = mount.source
        if source is None or not source.exists():
            raise StackgenError(f"{service.name} needs {source}, which is missing; `stackgen generate` makes it")
        files = [source] if source.is_file() else [file for file in sorted(source.rglob("*")) if file.is_file()]
        both = {
            file: understood(file, partial(self._local, translator, file))
            for file in files
            if file.suffix in _CONFIGURATION
        }
        if source.name != TARGETS:  # which Prometheus looks at by itself
            for file, (_, translated) in both.items():
                self._read.update(f"{mount.target}/{file.relative_to(source)}\0{translated}\0".encode())
        if all(text == translated for text, translated in both.values()):
            return source
        copy = self._layout.config / service.name / mount.target.strip("/")
        for file in files:
            content = both[file][1].encode() if file in both else file.read_bytes()
            self.files[copy / file.relative_to(source)] = content
        return copy

    def _local(self, translator: Translator, file: Path, text: str) -> tuple[str, str]:
        """A configuration file's text, and that without what does not run, with local paths and addresses."""
        runs = without(text, self._absent, self._unscraped) if file.suffix in {".yml", ".yaml"} else text
        return text, translator.file(file.name, runs)


def _check(service: ComposeService, recipe: Recipe, port: int) -> Check:
    """The check of the compose file where it asks a URL, else the image's own."""
    found = _CHECK_URL.search(" ".join(service.check))
    return recipe.check(port) if found is None else Check("http", port, found[1] or "/")
