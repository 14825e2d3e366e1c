"""What several of these tests need and that takes long to make."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.stack.wheels import stage_wheels


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels that the image of the stack's own services is built from, made of this very code.

    It has no record of what they were made from, so that they count as put there by hand: somebody may edit the sources
    while tests run, and the next `up` would make them anew.
    """
    folder = tmp_path_factory.mktemp("made") / "wheels"
    stage_wheels(folder)
    (folder / ".made-from").unlink()
    return folder
