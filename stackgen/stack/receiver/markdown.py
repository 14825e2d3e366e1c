"""Renders runbooks: the part of Markdown that generated pages use, as HTML in which nothing of theirs is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

_FENCE = re.compile(r"^```.*$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"^(?:[-*]|(\d+)\.)\s+(.*)$")
#: What is left of an item without its bullet or number.
_BODY = r"\2"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"(`+)(.+?)\1")
#: After escaping: `**bold**`, `*emphasis*`, `[text](address)`.
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])")
_LINK = re.compile(r"\[([^\]]+)\]\(((?:https?://|/)[^)\s]*)\)")


def to_html(text: str) -> str:
    """Markdown as HTML; comments are left out."""
    return "\n".join(_blocks(_COMMENT.sub("", text).splitlines()))


def _blocks(lines: list[str]) -> Iterator[str]:
    rest = iter(lines)
    plain: list[str] = []
    for line in rest:
        if not _FENCE.match(line):
            plain.append(line)
            continue
        yield from _paragraphs(plain)
        plain = []
        code = []
        for inner in rest:
            if _FENCE.match(inner):
                break
            code.append(inner)
        yield f"<pre><code>{escape(chr(10).join(code))}</code></pre>"
    yield from _paragraphs(plain)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """What stands between fences: headings, lists and paragraphs."""
    for kind, group in groupby(_merged(lines), key=_kind):
        texts = list(group)
        match kind:
            case "heading":
                yield from map(_heading, texts)
            case "ul" | "ol":
                items = "".join(f"<li>{_inline(_ITEM.sub(_BODY, text))}</li>" for text in texts)
                yield f"<{kind}>{items}</{kind}>"
            case "text":
                yield f"<p>{_inline(' '.join(text.strip() for text in texts))}</p>"
            case _:
                pass  # blank lines only separate


def _merged(lines: list[str]) -> Iterator[str]:
    """Lines with an item's continuation lines, which are indented, joined to it."""
    current: str | None = None
    for line in lines:
        if current is not None and _ITEM.match(current) and re.match(r"^\s{2,}\S", line):
            current = f"{current} {line.strip()}"
            continue
        if current is not None:
            yield current
        current = line
    if current is not None:
        yield current


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.match(line):
        return "heading"
    if item := _ITEM.match(line):
        return "ol" if item[1] else "ul"
    return "text"


def _heading(line: str) -> str:
    match = _HEADING.match(line)
    assert match is not None  # _kind has looked
    level = len(match[1])
    return f"<h{level}>{_inline(match[2])}</h{level}>"


def _inline(text: str) -> str:
    """Code spans, bold, emphasis and links; everything else is text."""
    pieces = []
    end = 0
    for span in _CODE.finditer(text):
        pieces += [_marked(text[end : span.start()]), f"<code>{escape(span[2].strip())}</code>"]
        end = span.end()
    return "".join([*pieces, _marked(text[end:])])


def _marked(text: str) -> str:
    marked = _EMPHASIS.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escape(text)))
    return _LINK.sub(r'<a href="\2">\1</a>', marked)
