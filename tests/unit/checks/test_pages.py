"""Every check has its page, and what the page shows as wrong is what the check finds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import stackgen.checks
from stackgen.checks.catalog import checks
from stackgen.checks.check import Meta
from stackgen.findings import Finding
from stackgen.scrape.exposition import parse
from tests.unit.checks import asking
from tests.unit.checks.exposition import shop

_ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"^## (Wrong|Right)\n\n```(\w+)\n(.*?)\n```", re.MULTILINE | re.DOTALL)
_OF_A_DASHBOARD = {"panels", "templating", "links", "editable", "refresh", "uid", "dashboard"}


def blocks(meta: Meta) -> list[tuple[str, str, str]]:
    """The examples of a check's page: Wrong or Right, the language, the text."""
    return _BLOCK.findall((_ROOT / meta.page).read_text(encoding="utf-8"))


def as_file(language: str, text: str) -> tuple[str, str]:
    """An example as a file that can be checked."""
    if language == "promql":
        return "example.yaml", asking.alert(text)
    if language == "yaml":
        return "example.yaml", asking.rule_file(text) if text.startswith(("- ", "# ")) else text
    data = json.loads(text)
    if "dashboard" in data or "schemaVersion" in data:
        return "example.json", text
    whole = asking.board(**data) if _OF_A_DASHBOARD & set(data) else asking.board(asking.panel(**data))
    return "example.json", json.dumps(whole)


def exposed(id_: str, text: str, folder: Path) -> list[Finding]:
    """What a check of what is exposed finds in an example."""
    families = parse(text, id_) if id_ == "exposition/missing" else shop.with_changes(text)
    healthy = shop.reading(parse(shop.HEALTHY, "healthy"))
    looks = (healthy, shop.reading(families)) if id_ == "exposition/never-moved" else (shop.reading(families),)
    found = shop.findings(id_, shop.observation(folder, *looks))
    return [each for each in found if "shop_duration" not in each.problem] if len(looks) > 1 else found


EXAMPLES = [
    pytest.param(id_, kind, language, text, id=f"{id_} {kind}")
    for id_, check in checks().items()
    for kind, language, text in blocks(check.meta)
    if language != "text"
]


@pytest.mark.parametrize(("id_", "kind", "language", "text"), EXAMPLES)
def test_what_a_page_shows_as_wrong_is_found_and_what_it_shows_as_right_is_not(
    id_: str, kind: str, language: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if language == "openmetrics":
        assert bool(exposed(id_, text, tmp_path)) is (kind == "Wrong")
        return
    name, content = as_file(language, text)
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content, encoding="utf-8")  # a definition is read from its file
    whole = id_.startswith("suppression/")
    found = [each.id for each in asking.report({name: content}, only=() if whole else (id_,)).findings]
    assert (id_ in found) is (kind == "Wrong")


@pytest.mark.parametrize("id_", checks())
def test_a_page_says_what_the_check_says_of_itself(id_: str) -> None:
    meta = checks()[id_].meta
    page = (_ROOT / meta.page).read_text(encoding="utf-8")
    assert page.startswith(f"# {id_}\n\n**{meta.level}**: {meta.title}.\n\n{meta.why}\n")
    assert [kind for kind, _, _ in blocks(meta)][:1] == ["Wrong"]


def test_the_index_lists_every_page_and_no_other() -> None:
    index = (_ROOT / "docs/checks/index.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[(.+?)\]\((.+?)\) \| (\w+) \| (.+) \|$", index, re.MULTILINE)
    assert linked == [(id_, f"{id_}.md", str(c.meta.level), c.meta.title) for id_, c in checks().items()]
    pages = {p.relative_to(_ROOT / "docs/checks").as_posix() for p in (_ROOT / "docs/checks").rglob("*.md")}
    assert pages == {"index.md"} | {f"{id_}.md" for id_ in checks()}


@pytest.mark.parametrize("id_", checks())
def test_a_check_is_one_file_of_its_name_with_one_test_of_its_name(id_: str) -> None:
    area, _, name = id_.partition("/")
    file = name.replace("-", "_")
    assert (Path(stackgen.checks.__file__).parent / area / f"{file}.py").is_file()
    assert (Path(__file__).parent / area / f"test_{file}.py").is_file()
