"""Runbooks as HTML."""

from __future__ import annotations

import pytest

from stackgen.stack.receiver.markdown import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# One", "<h1>One</h1>"),
        ("### Three", "<h3>Three</h3>"),
        ("some\ntext", "<p>some text</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("- a\n  goes on\n- b", "<ul><li>a goes on</li><li>b</li></ul>"),
        ("**bold** and *this*", "<p><strong>bold</strong> and <em>this</em></p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("run `redis-cli INFO | grep *_hits*`", "<p>run <code>redis-cli INFO | grep *_hits*</code></p>"),
        ("```promql\na < b\n\n# c\n```\nafter", "<pre><code>a &lt; b\n\n# c</code></pre>\n<p>after</p>"),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("[docs](https://example.org/a?b=1)", '<p><a href="https://example.org/a?b=1">docs</a></p>'),
        ("<!-- made by stackgen -->\n# A", "<h1>A</h1>"),
        ("", ""),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "`<script>`",
        "# <script>",
        "- <script>",
        "```\n<script>\n```",
        "[x](javascript:alert(1))",
        '[x](https://e.org/"onmouseover="alert(1))',
        "**<img src=x onerror=alert(1)>**",
    ],
)
def test_nothing_in_a_runbook_becomes_markup(text: str) -> None:
    html = to_html(text)
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:alert(1)" not in html or "<a" not in html
    assert '"onmouseover="' not in html
