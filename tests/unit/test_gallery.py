"""The gallery shows the dashboards as they are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

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
