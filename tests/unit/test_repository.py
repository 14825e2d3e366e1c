"""What may not be in the repository: where it was made, where its parts were fetched from, and secrets."""

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

#: Things whose form gives them away as secrets: private keys, keys of clouds, tokens of Git hosts and of Slack.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}|"
    r"\bxox[abprs]-[0-9A-Za-z-]{10,}|hooks[.]slack[.]com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/\w{20,}"
)


def tracked() -> list[Path]:
    """All text files of the repository."""
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    require(listed and listed.returncode == 0, "this is no git checkout")
    assert listed
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()]


@pytest.mark.parametrize("pattern", [REGISTRIES, PLACES, SECRETS], ids=["registries", "places", "secrets"])
def test_no_file_names_a_registrys_host_a_place_on_one_machine_or_a_secret(pattern: re.Pattern[str]) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("file", ["grafana_admin_password", "slack_url"])
def test_git_takes_no_file_of_secrets(file: str) -> None:
    git = shutil.which("git")
    require(git and (ROOT / ".git").exists(), "this is no git checkout")
    ignored = subprocess.run([str(git), "check-ignore", "--quiet", f"compose/secrets/{file}"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "0123456789-abc",
        "https://hooks.slack.com/services/T00000000/B00000000/" + "x" * 24,
    ],
)
def test_a_secret_would_be_found(secret: str) -> None:
    assert SECRETS.search(secret)
