"""Helping with misspelt words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def close_to(word: str, known: Iterable[str]) -> str | None:
    """The known word that another one, which is not the word itself, may be a misspelling of."""
    close = difflib.get_close_matches(word, [each for each in known if each != word], n=1, cutoff=0.8)
    return close[0] if close else None


def nearest(word: str, known: Iterable[str]) -> str:
    """The cure for an unknown word: the nearest known one, or all of them where none is near."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not words:
        return "none is defined"
    shown = ", ".join(words[:12])
    return f"known: {shown}{', ...' if len(words) > 12 else ''}"
