"""Makes sure that the images of the stack are on the machine before anything starts."""

from __future__ import annotations

from collections.abc import Mapping

from stackgen.conventions import OPTIONAL_SERVICES, environment_name
from stackgen.findings import StackgenError
from stackgen.stack.docker_command import DockerCommand
from stackgen.stack.engine import Report

#: Seconds that one image may take to be pulled.
_PULL = 900.0


def provide_images(
    docker: DockerCommand, services: Mapping[str, Mapping[str, object]], report: Report
) -> tuple[str, ...]:
    """Pull the images that are missing; gives the services that have to be left out.

    `services` is what compose made of the compose file. Raises StackgenError for an image that cannot be had.
    """
    left_out = []
    for service, reference in _references(services).items():
        if docker.has_image(reference):
            continue
        report(f"pulling {reference}")
        answer = docker.run("pull", "--quiet", reference, seconds=_PULL)
        if answer.code == 0:
            continue
        problem = f"its image {reference} is not here and cannot be pulled ({answer.reason})"
        variable = environment_name("IMAGE", service)
        if service in OPTIONAL_SERVICES:
            report(f"{service} is left out: {problem}; {variable} names another")
            left_out.append(service)
        else:
            raise StackgenError(
                f"{service}: {problem}; set {variable} to one that is, or build stand-ins with `make images`"
            )
    return tuple(left_out)


def _references(services: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Image references by service; `python` for the image that the stack's own services are built on."""
    references: dict[str, str] = {}
    for name, service in services.items():
        build = service.get("build")
        arguments = build.get("args") if isinstance(build, dict) else None
        if isinstance(arguments, dict) and "PYTHON_IMAGE" in arguments:
            references["python"] = str(arguments["PYTHON_IMAGE"])
        elif "image" in service:
            references[name] = str(service["image"])
    return references
