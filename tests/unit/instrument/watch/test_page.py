"""What the page on the watch shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_the_example() -> None:
    page = (Path(__file__).parents[4] / "docs" / "watch.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    command = [sys.executable, "-W", "error", "-c", example]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "14 alerts, firing: ()\n"
