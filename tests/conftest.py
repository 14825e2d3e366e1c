"""What all tests share: what they need of the machine, and where they get it from."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located, locate

# One machine is fast and the next is busy: how long an example takes says nothing about what is tested.
settings.register_profile("stackgen", deadline=None, print_blob=True)
settings.load_profile("stackgen")

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def require(condition: object, reason: str) -> None:
    """Leave a test out that the machine lacks something for; in CI, where nothing may be lacking, fail it.

    `reason` says what is lacking, and how to get it.
    """
    if condition:
        return
    if IN_CI:
        pytest.fail(f"{reason} (CI=true: the machine has to have it)", pytrace=False)
    pytest.skip(reason)  # the developer's machine lacks it; CI does not get here


#: A file that is there while images are made beside the tests; `.ci/run` says which.
_IMAGES_UNDER_WAY = os.environ.get("STACKGEN_IMAGES_UNDER_WAY")


@cache
def docker_answers() -> bool:
    """Whether a Docker engine can be asked to run something; waits for images that are under way."""
    while _IMAGES_UNDER_WAY and Path(_IMAGES_UNDER_WAY).exists():
        time.sleep(0.5)
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        asked = subprocess.run([docker, "info"], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def pytest_configure() -> None:
    """A shell's background job is deaf to Ctrl-C, and so would be what tests start and end with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in tests/integration by where it is."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent / "integration"):
            item.add_marker(pytest.mark.integration)


class _FilesOrStacks(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """A worker takes one file after another; all that watches the running stacks goes to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        # By its own `--dist loadgroup` this would be a mark, but that knows no group under pytest 9.2.
        file: str = super()._split_scope(nodeid)
        return str(Path(file).parent) if Path(file).parts[1:3] == ("integration", "stack") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Asked by pytest-xdist; None: it has one of its own."""
    return _FilesOrStacks(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hold back what is marked `docker` where no engine answers."""
    if item.get_closest_marker("docker") is not None:
        require(docker_answers(), "no Docker engine answers; install docker.io and start dockerd")


@pytest.fixture(scope="session")
def binary() -> Callable[[str], Located]:
    """Find a real program by its name (`promtool`, `prometheus`, `amtool`, `alertmanager`, `redis-server`).

    It comes from PATH, else from the distribution's packages, unpacked once for all runs; a test for which it can be
    had from neither is skipped, in CI failed.
    """

    @cache
    def find(name: str) -> Located:
        try:
            return locate(name, report=print)
        except StackgenError as error:
            require(False, str(error))
            raise

    return find
