"""What a native stack is to become: its plan, and the files and folders that its processes need, not yet written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackgen.stack.plan import Plan
from stackgen.stack.state import Layout, write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that nothing has been done for yet, so that what runs goes on if it cannot be."""

    plan: Plan
    #: Translated configuration, below `Layout.config`.
    files: Mapping[Path, bytes] = field(default_factory=dict)
    folders: frozenset[Path] = frozenset()

    def lay_out(self, layout: Layout) -> dict[Path, bytes]:
        """Write what is not there as it should be, remove configuration of before; gives what the files held before.

        A stack may run: each file is replaced as a whole.
        """
        there = [file for file in sorted(layout.config.rglob("*")) if file.is_file()]
        before = {file: file.read_bytes() for file in there}
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        write_configuration(layout, self.files)
        return before


def write_configuration(layout: Layout, files: Mapping[Path, bytes]) -> None:
    """Have exactly these files below `Layout.config`."""
    for path, content in files.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
    for file in sorted(layout.config.rglob("*")):
        if file.is_file() and file not in files:
            file.unlink()
