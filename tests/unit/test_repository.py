"""What may not be in the repository: where it was made, and where its parts were fetched from."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import require

ROOT = Path(__file__).parents[2]

#: Hosts that serve packages and images. Everybody has their own, and the tools know it from their own settings.
REGISTRIES = re.compile(
    r"(pypi|pythonhosted)[.]org|(deb|security)[.]debian[.]org|debian[.]org/debian|registry[.]npmjs|"
    r"registry-1[.]docker|\bdocker[.]io/|\b(ghcr|quay|gcr)[.]io"
)

#: Folders that are on one machine only.
PLACES = re.compile(r"(?<![\w.])/(work|farm|Users)/")


def tracked() -> list[Path]:
    """All text files of the repository."""
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    require(listed and listed.returncode == 0, "this is no git checkout")
    assert listed
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()]


@pytest.mark.parametrize("pattern", [REGISTRIES, PLACES], ids=["registries", "places"])
def test_no_file_names_a_registrys_host_or_a_place_on_one_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
