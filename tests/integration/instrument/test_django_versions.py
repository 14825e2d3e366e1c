"""The tests of Django's caches pass with the oldest Django that is supported as they do with the newest."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackgen.stack.packages import cache_folder
from tests.conftest import require

ROOT = Path(__file__).parents[3]
HERE = "tests/integration/instrument"


def library(*requirements: str) -> Path:
    """A folder with these packages and what they need, filled by pip the first time."""
    folder = cache_folder() / "python" / "-".join(requirements).replace("=", "")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
            answer = subprocess.run([*pip, *requirements], capture_output=True, text=True, check=False)
            require(answer.returncode == 0, f"{requirements} cannot be had from PyPI: {answer.stderr[-300:]}")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("django", "django_redis"),
    # The first release of the oldest generation, and its last.
    [("4.2", "5.4.0"), ("4.2.30", "6.0.0")],
)
def test_an_older_django(django: str, django_redis: str, tmp_path: Path) -> None:
    folder = library(f"django=={django}", f"django-redis=={django_redis}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    version = subprocess.run(
        [sys.executable, "-c", "import django; print(django.__version__)"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert version.stdout.strip() == django
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "tests"),
         f"{HERE}/test_django.py", f"{HERE}/test_django_pages.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert "skipped" not in ran.stdout.splitlines()[-1]
