"""What Prometheus talks to outside of the stack: targets to scrape, stores to write to, and who it says it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from stackgen.definition.context import Context, as_text, listed
from stackgen.definition.model import Access, RemoteWrite, Target

Path = tuple[str | int, ...]


#: `host:port`, `[::1]:port`.
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s/:\[\]@?#]+)(?::(?P<port>\d+))?")
#: Labels that Prometheus and the rules give, so that nobody else may.
_GIVEN = ("job", "instance", "alertname", "alertstate", "severity", "le", "quantile")


def build_targets(context: Context, raws: Any, jobs: Collection[str], interval: float) -> tuple[Target, ...]:
    """Read what to scrape that the stack does not start.

    `jobs` expose the definition's metrics; all is scraped every `interval` seconds if nothing is said.
    """
    targets = []
    for index, raw in listed(raws):
        path = ("stack", "targets", index)
        if ("addresses" in raw) == ("files" in raw) and not context.damaged(path):
            context.report(path, "a target needs either addresses or files", "give one of them")
        for number, address in listed(raw.get("addresses") or ()):
            _check_address(context, (*path, "addresses", number), address)
        if "?" in (raw.get("path") or ""):
            context.report((*path, "path"), "a path has no parameters", "put them into `params`")
        targets.append(
            Target(
                job=raw["job"],
                addresses=tuple(address for _, address in listed(raw.get("addresses") or ())),
                files=tuple(file for _, file in listed(raw.get("files") or ())),
                path=raw.get("path", "/metrics"),
                access=_access(context, path, raw),
                labels=static_labels(context, (*path, "labels"), raw.get("labels")),
                params={key: as_text(value) for key, value in (raw.get("params") or {}).items()},
                scrape_interval=_interval(context, path, raw, jobs, interval),
            )
        )
    return tuple(targets)


def static_labels(context: Context, path: Path, raw: dict[str, Any] | None) -> dict[str, str]:
    """Read labels with a value each, none of which Prometheus or a rule gives itself."""
    for name in raw or {}:
        if name in _GIVEN or name.startswith("__"):
            context.report((*path, name), f"the label {name!r} is not free", "choose another name", at_key=True)
    return {name: as_text(value) for name, value in (raw or {}).items()}


def _check_address(context: Context, path: Path, address: str) -> None:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        cure = "write host:port; `path` and `tls` say the rest" if "/" in address else "write host:port"
        context.report(path, f"{address!r} is no address", cure)
    elif found["port"] is None:
        context.report(path, f"{address!r} has no port", "write host:port")
    elif not 0 < int(found["port"]) < 65536:
        context.report(path, f"{found['port']} is no port", "ports go from 1 to 65535")


def _interval(
    context: Context, path: Path, raw: dict[str, Any], jobs: Collection[str], interval: float
) -> float | None:
    if "scrape_interval" not in raw:
        return None
    own = context.seconds((*path, "scrape_interval"), raw["scrape_interval"], interval, least=0.1)
    if own > interval and raw["job"] in jobs:
        problem = f"{raw['job']!r} exposes the definition's metrics, whose rates are over four scrapes of {interval:g}s"
        context.report((*path, "scrape_interval"), problem, "set `stack.scrape_interval` instead")
    return own


def build_remote_write(context: Context, raws: Any) -> tuple[RemoteWrite, ...]:
    """Read which stores are sent every sample."""
    stores = []
    for index, raw in listed(raws):
        path: Path = ("stack", "remote_write", index)
        stores.append(RemoteWrite(url=raw["url"], name=raw.get("name"), access=_access(context, path, raw)))
    counted = Counter(store.name for store in stores if store.name is not None)
    for index, store in enumerate(stores):
        if store.name is not None and counted[store.name] > 1:
            context.report(
                ("stack", "remote_write", index, "name"),
                f"two stores are called {store.name!r}",
                "give each a name of its own",
            )
    return tuple(stores)


def _access(context: Context, path: Path, raw: dict[str, Any]) -> Access:
    basic, tls = raw.get("basic_auth") or {}, raw.get("tls")
    if basic and "bearer_token_file" in raw:
        context.report((*path, "bearer_token_file"), "a password and a token at once", "give one of them", at_key=True)
    settings = tls or {}
    if ("cert_file" in settings) != ("key_file" in settings):
        context.report((*path, "tls"), "a certificate and its key go together", "give both", at_key=True)
    return Access(
        username=basic.get("username"),
        password_file=basic.get("password_file"),
        bearer_token_file=raw.get("bearer_token_file"),
        tls=tls is not None,
        ca_file=settings.get("ca_file"),
        cert_file=settings.get("cert_file"),
        key_file=settings.get("key_file"),
        server_name=settings.get("server_name"),
        insecure=settings.get("insecure", False),
    )
