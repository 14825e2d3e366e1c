"""Links to runbooks that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.known.from_definitions import with_includes
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/runbook-unresolved",
    level=Level.ERROR,
    title="the link to the runbook leads nowhere",
    why="The page is looked for when there is no time to look for it.",
    on=Rule,
)


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """Links that are no address, and those below a definition's runbooks for which no page was generated."""
    url = rule.annotations.get("runbook_url", "").strip()
    if not rule.alert or not url or "{{" in url:
        return
    problem = _problem(url, rule, context)
    if problem:
        cure = "write the address of a page that is there; `stackgen generate` writes those of a definition"
        yield rule.finding(META, "annotations.runbook_url", problem, cure)


def _problem(url: str, rule: Rule, context: Context) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url!r} is no address"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        page = Path(rule.file.source.file).parent / unquote(parts.path)
        if parts.scheme == "" and not parts.netloc and parts.path and "\0" not in url:
            return "" if _exists(page) or _exists(context.root / unquote(parts.path)) else f"there is no page {url!r}"
        return f"{url!r} is no address"
    for definition in with_includes(context.definitions):
        base = definition.stack.runbooks.rstrip("/") + "/"
        if url.startswith(base):
            name = unquote(url[len(base) :].partition("?")[0].partition("#")[0])
            places = (Path(rule.file.source.file).parent, context.root / "alerts")
            if not any(_exists(place / "runbooks" / f"{name}.md") for place in places):
                return f"there is no page runbooks/{name}.md for it"
            return ""
    return ""


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # a name that no file can have
