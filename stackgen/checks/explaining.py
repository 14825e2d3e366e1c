"""What the page of a check says, as text: the documentation is a part of the package."""

from __future__ import annotations

import re
from pathlib import Path

from stackgen.checks.check import Meta

#: The wheel has the pages here; a checkout has them where people read them.
_PACKAGED = Path(__file__).parent / "pages"
_CHECKOUT = Path(__file__).parents[2] / "docs" / "checks"
_LINK = re.compile(r"\[([^]\n]+)\]\([^)\s]+\)")


def explanation(meta: Meta) -> str:
    """All that there is to know of a check, in Markdown: its level, why it is asked, examples of wrong and right.

    Links, which lead from page to page, are their words alone.
    """
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    text = (folder / f"{meta.id}.md").read_text(encoding="utf-8")
    return _LINK.sub(r"\1", text).rstrip("\n")
