"""The gallery shows the dashboards as they are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from tests.gallery import ROOT, pages

PAGES = pages()


@pytest.mark.parametrize("path", PAGES)
def test_it_is_in_step_with_the_dashboards(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path], "run `python -m tests.gallery`"


def test_there_is_no_picture_of_what_is_no_longer_there() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/gallery").iterdir()} < PAGES.keys()


def test_every_dashboard_has_a_picture_and_every_panel_a_line_that_tells_something() -> None:
    page = PAGES["docs/gallery.md"]
    for board in (ROOT / "dashboards").rglob("*.json"):
        assert f"`{board.relative_to(ROOT).as_posix()}`" in page
    lines = re.findall(r"^\| (?!panel|---)(.+) \| (.+) \| (.*) \|$", page, re.MULTILINE)
    assert len(lines) > 80
    assert [title for title, _, told in lines if len(told) < 10] == []


def test_pictures_are_svg_and_say_that_they_are_no_data() -> None:
    for path, text in PAGES.items():
        if path.endswith(".svg"):
            assert ET.fromstring(text).tag.endswith("svg")
            assert "layout only" in text


@pytest.mark.parametrize("path", [path for path in PAGES if path.endswith(".svg")])
def test_no_words_of_a_picture_overlap(path: str) -> None:
    def reach(word: ET.Element) -> tuple[float, float]:
        wide = len(word.text or "") * float(word.get("font-size", "0")) * 0.6  # as wide as letters are in usual fonts
        at = float(word.get("x", "0"))
        return (at - wide, at) if word.get("text-anchor") == "end" else (at, at + wide)

    on_a_line: dict[str, list[tuple[float, float]]] = {}
    for word in ET.fromstring(PAGES[path]).iter("{http://www.w3.org/2000/svg}text"):
        on_a_line.setdefault(word.get("y", ""), []).append(reach(word))
    for words in on_a_line.values():
        for (_, end), (begin, _) in pairwise(sorted(words)):
            assert end <= begin
