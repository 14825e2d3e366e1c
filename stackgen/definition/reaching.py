"""What Prometheus talks to outside of the stack: targets to scrape, stores to write to, and who it says it is."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.model import Access, RemoteWrite, Target

Path = tuple[str | int, ...]


def build_targets(context: Context, raws: Any) -> tuple[Target, ...]:
    """Read what to scrape that the stack does not start."""
    targets = []
    for index, raw in listed(raws):
        path = ("stack", "targets", index)
        if ("addresses" in raw) == ("files" in raw) and not context.damaged(path):
            context.report(path, "a target needs either addresses or files", "give one of them")
        targets.append(
            Target(
                job=raw["job"],
                addresses=tuple(address for _, address in listed(raw.get("addresses") or ())),
                files=tuple(file for _, file in listed(raw.get("files") or ())),
                path=raw.get("path", "/metrics"),
                access=_access(context, path, raw),
            )
        )
    return tuple(targets)


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
