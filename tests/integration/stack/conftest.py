"""The stacks of these tests: all are started at once, and go through their steps in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import IN_CI, docker_answers
from tests.integration.docker_project import require_images
from tests.integration.pipeline import RunningStack, native_stack
from tests.integration.stack.alerts import SHORT, provoked
from tests.integration.stack.containers import OLDER, container_stack
from tests.integration.stack.course import Course, Courses
from tests.integration.stack.faults import FAULTS, SMALL_DISK, killed
from tests.integration.stack.steps import LOOKS, alerts

#: What the stacks go through, by the names under which tests ask for them. The older one is Prometheus 2 and Redis 7,
#: as is the native one where its programs are Debian 12's.
STEPS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "docker": lambda: {**LOOKS, **alerts(), "prometheus is killed": killed("prometheus")},
    "docker-older": lambda: {**LOOKS, "redis hangs": provoked("redis hangs"), **FAULTS},
    "native": lambda: {**LOOKS, **alerts()},
}


HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Alerts come and go in time where little else wants the processors; a stack that failed begins anew once."""
    for item in items:
        if item.path.is_relative_to(HERE) and "courses" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.quiet)
            if config.getoption("reruns", None):  # each time a stack begins anew, which takes minutes
                item.add_marker(pytest.mark.flaky(reruns=1))


def _course_of(item: pytest.Item) -> str:
    """The name of the course that a test is parametrized with."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return str(parameters.get("course", "docker"))


@pytest.fixture(scope="package")
def courses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courses]:
    """The courses that the chosen tests ask for; a stack that is only looked at goes through no steps."""
    asking = [item for item in request.session.items if "courses" in getattr(item, "fixturenames", ())]
    asked = {(_course_of(item), item.path.stem != "test_security") for item in asking}
    names = [name for name in STEPS if name in {name for name, _ in asked}]
    if not IN_CI and not docker_answers():
        names = [name for name in names if name == "native"]  # the others are skipped, each with the reason

    def stack(name: str) -> AbstractContextManager[RunningStack]:
        project = tmp_path_factory.mktemp(name)
        match name:
            case "native":
                return native_stack(project, SHORT)
            case "docker-older":
                return container_stack(project, SHORT, wheels, images=OLDER, overrides=SMALL_DISK)
            case _:
                return container_stack(project, SHORT, wheels)

    if set(names) - {"native"}:
        require_images(*OLDER.values())
        wheels = request.getfixturevalue("wheels")

    courses = Courses(names, lambda name: Course(stack(name), STEPS[name]() if (name, True) in asked else {}))
    try:
        yield courses
    finally:
        courses.end()


@pytest.fixture
def course(request: pytest.FixtureRequest, courses: Courses) -> Course[Any]:
    """One of them, by its name; tests that ask for it are parametrized with the names that they want."""
    return courses.course(request.node, request.param)
