"""How the stack runs: intervals, images, ports, targets and services."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

from stackgen import conventions
from stackgen.definition.context import Context, as_text, listed
from stackgen.definition.model import Service, Stack
from stackgen.definition.reaching import build_remote_write, build_targets, static_labels
from stackgen.definition.telling import build_heartbeat, build_receivers
from stackgen.definition.words import nearest

_DAY = 86400.0


def build_stack(context: Context) -> Stack:
    """Read how the stack runs; everything has a default."""
    raw: dict[str, Any] = context.data.get("stack") or {}
    scrape = context.seconds(("stack", "scrape_interval"), raw.get("scrape_interval"), 15.0, least=0.1)
    services = _services(context, raw.get("services") or {})
    known = [*conventions.CORE_SERVICES, *services]
    for word, more in (("images", ["python"]), ("ports", [])):
        for name in raw.get(word) or {}:
            if name not in (*known, *more):
                cure = nearest(name, [*known, *more])
                context.report(("stack", word, name), f"no service {name!r}", cure, at_key=True)
    _check_ports(context, raw, services)
    for name in ("receiver", "workload"):
        if name in (raw.get("images") or {}):
            problem = f"{name!r} is built on the image `python`"
            context.report(("stack", "images", name), problem, "set `images: {python: ...}` instead", at_key=True)
    ports = {name: conventions.published_port(name) for name in ("receiver", "grafana")} | (raw.get("ports") or {})
    jobs = tuple(job for _, job in listed(raw.get("jobs") or (context.data.get("name", ""),)))
    return Stack(
        jobs=jobs,
        scrape_interval=scrape,
        evaluation_interval=context.seconds(
            ("stack", "evaluation_interval"), raw.get("evaluation_interval"), scrape, least=0.1
        ),
        retention=context.seconds(("stack", "retention"), raw.get("retention"), 15 * _DAY, least=3600),
        runbooks=raw.get("runbooks", f"http://127.0.0.1:{ports['receiver']}/runbooks"),
        grafana=raw.get("grafana", f"http://127.0.0.1:{ports['grafana']}"),
        images=dict(raw.get("images") or {}),
        ports=dict(raw.get("ports") or {}),
        targets=build_targets(context, raw.get("targets") or (), jobs, scrape),
        external_labels=static_labels(context, ("stack", "external_labels"), raw.get("external_labels")),
        remote_write=build_remote_write(context, raw.get("remote_write") or ()),
        traces=raw.get("traces"),
        services=services,
        webhook=raw.get("webhook"),
        receivers=build_receivers(context, raw.get("receivers") or {}),
        heartbeat=build_heartbeat(context, raw.get("heartbeat")),
    )


def _check_ports(context: Context, raw: dict[str, Any], services: dict[str, Service]) -> None:
    """Ports that nothing listens on, and those that two services would be published at."""
    given = raw.get("ports") or {}
    published: dict[int, str] = {}
    for name in (*conventions.CORE_SERVICES, *services):
        known = name in conventions.SERVICE_PORTS
        if name in given and not known and services[name].port is None:
            context.report(
                ("stack", "ports", name), f"{name!r} has no port", "give the service its `port`", at_key=True
            )
        port = given.get(name, conventions.published_port(name) if known else services[name].port)
        if port is None or (name in conventions.INNER_SERVICES and name not in given):
            continue
        if port in published:
            place = ("stack", "ports", name) if name in given else ("stack", "services", name)
            problem = f"{name!r} and {published[port]!r} are both published at {port}"
            context.report(place, problem, "give one of them another port in `stack.ports`", at_key=name not in given)
        published.setdefault(port, name)


def _check_circles(context: Context, services: dict[str, Service]) -> None:
    """Services that wait for each other."""
    sorter = TopologicalSorter({each.name: each.depends_on for each in services.values()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = list(dict.fromkeys(error.args[1]))
        problem = f"{' and '.join(circle)} wait for each other" if len(circle) > 1 else f"{circle[0]} waits for itself"
        context.report(("stack", "services", circle[0], "depends_on"), problem, "leave one of them out")


def _services(context: Context, raws: dict[str, Any]) -> dict[str, Service]:
    services: dict[str, Service] = {}
    everything = [*conventions.CORE_SERVICES, *raws]
    for name, raw in raws.items():
        path = ("stack", "services", name)
        if name in conventions.CORE_SERVICES:
            context.report(path, f"{name!r} is always part of the stack", "remove it here", at_key=True)
        elif name not in conventions.KNOWN_SERVICES and "image" not in raw:
            cure = f"{nearest(name, conventions.KNOWN_SERVICES)} Or add `image`"
            context.report(path, f"no known service {name!r}", cure, at_key=True)
        if "metrics" in raw and "port" not in raw and name not in conventions.KNOWN_SERVICES:
            context.report((*path, "metrics"), "metrics without a port", "add `port`", at_key=True)
        for index, other in listed(raw.get("depends_on") or ()):
            if other not in everything:
                context.report((*path, "depends_on", index), f"no service {other!r}", nearest(other, everything))
            elif (profile := (raws.get(other) or {}).get("profile")) not in (None, raw.get("profile")):
                problem = f"{other!r} is started with the profile {profile!r} only"
                context.report((*path, "depends_on", index), problem, f"give {name!r} that profile, or it none")
        services[name] = Service(
            name=name,
            image=raw.get("image"),
            command=tuple(word for _, word in listed(raw.get("command") or ())),
            port=raw.get("port"),
            metrics=raw.get("metrics"),
            environment={key: as_text(value) for key, value in (raw.get("environment") or {}).items()},
            depends_on=tuple(word for _, word in listed(raw.get("depends_on") or ())),
            profile=raw.get("profile"),
        )
    _check_circles(context, services)
    return services
