"""Text in PromQL."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A text as a double-quoted PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
