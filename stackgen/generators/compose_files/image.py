"""The image of the stack's own Python services: the receiver and the workload."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.generators.document import heading


def dockerfile(definition: Definition) -> str:
    """The Dockerfile: stackgen from the wheels that `stackgen up` puts beside it."""
    about = heading(definition, "The receiver's and the workload's image: stackgen and what the workload needs.")
    return f"""{about}
ARG PYTHON_IMAGE={conventions.IMAGES["python"]}

FROM ${{PYTHON_IMAGE}} AS build
# The pattern also matches where there are no wheels, which is said below; a plain name would fail without a reason.
COPY Dockerfile wheel[s] /wheels/
# The image's own pip installs: one in the environment would take longer than all else, and be of no use later.
RUN python -m venv --without-pip /opt/stackgen \\
 && if ! ls /wheels/*.whl >/dev/null 2>&1; then \\
      echo 'no wheels: stackgen up makes them, or put those of stackgen[workload] into compose/workload/wheels' >&2; \\
      exit 1; \\
    fi \\
 && python -m pip --python /opt/stackgen/bin/python install --no-cache-dir --no-index --find-links /wheels \\
    'stackgen[workload]'

FROM ${{PYTHON_IMAGE}}
COPY --from=build /opt/stackgen /opt/stackgen
ENV PATH=/opt/stackgen/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
"""


def dockerignore(definition: Definition) -> str:
    """What is no part of the image: `stackgen up`'s notes beside the wheels, which would have it built anew."""
    return heading(definition, "What the image is not built from.") + "\nwheels/.*\n"
