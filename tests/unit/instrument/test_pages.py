"""The examples on the pages of the wrappers run, and print what the pages say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[3] / "docs" / "instrument"
EXAMPLES = [
    pytest.param(code, printed, id=f"{page}-{number}")
    for page in ("django", "functions", "local", "cachier", "aiocache", "dogpile")
    for number, (code, printed) in enumerate(
        re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", (PAGES / f"{page}.md").read_text(), re.DOTALL), 1
    )
]


@pytest.mark.parametrize(("code", "printed"), EXAMPLES)
def test_an_example(code: str, printed: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == printed


def test_every_page_has_examples() -> None:
    assert len(EXAMPLES) == 7
    assert {page.name for page in PAGES.glob("*.md")} >= set(
        re.findall(r"\((\w+\.md)\)", (PAGES / "README.md").read_text())
    )
