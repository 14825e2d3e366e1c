"""`promtool test rules` of both generations of Prometheus: the distribution's, and that of the pinned image."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stackgen import conventions
from stackgen.stack.binaries import Located
from tests.conftest import docker_answers, require

#: Tests the rules of some files in a folder: whether all pass, and what promtool prints.
Promtool = Callable[[Path, Sequence[str]], tuple[bool, str]]


def native(program: Located) -> Promtool:
    """Promtool of PATH, or of the distribution's packages."""
    return lambda folder, files: _ran([str(program.path), "test", "rules", *files], folder, program.environment)


def of_image() -> Promtool:
    """Promtool of the image of Prometheus that is pinned."""
    image = conventions.IMAGES["prometheus"]
    present = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0
    require(docker_answers() and present, f"{image} is not here; `make images` builds a stand-in")

    def run(folder: Path, files: Sequence[str]) -> tuple[bool, str]:
        folder.chmod(0o755)  # the image's user reads it
        docker = ["docker", "run", "--rm", "--network=none", "-v", f"{folder}:/rules:ro", "-w", "/tmp"]
        # One stream, so that what it prints is in its order.
        script = ["--entrypoint=sh", image, "-c", 'exec promtool test rules "$@" 2>&1', "promtool"]
        return _ran([*docker, *script, *(f"/rules/{file}" for file in files)], folder, {})

    return run


def _ran(command: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[bool, str]:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0, done.stdout
