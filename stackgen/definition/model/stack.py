"""The stack that runs it all, and what it watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackgen.definition.model.alerts import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How Prometheus shows who it is, and knows whom it talks to. What ends in `_file` names a secret."""

    username: str | None = None
    password_file: str | None = None
    bearer_token_file: str | None = None
    #: Whether TLS is spoken.
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    #: Whether any certificate is taken.
    insecure: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that are needed."""
        named = (self.password_file, self.bearer_token_file, self.ca_file, self.cert_file, self.key_file)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to scrape that the stack does not start, named here or in files that list it."""

    job: str
    #: `host:port` of each.
    addresses: tuple[str, ...] = ()
    #: Names or patterns of files in `compose/targets`, which Prometheus reads again when they change.
    files: tuple[str, ...] = ()
    path: str = "/metrics"
    access: Access = Access()
    #: Labels that its series get.
    labels: Mapping[str, str] = field(default_factory=dict)
    #: Parameters of the request.
    params: Mapping[str, str] = field(default_factory=dict)
    #: Seconds between two scrapes; None: as all.
    scrape_interval: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWrite:
    """A store that Prometheus sends every sample to."""

    url: str
    name: str | None = None
    access: Access = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something to start: one that stackgen knows (`image` is None) or a container of the user's own."""

    name: str
    image: str | None = None
    command: tuple[str, ...] = ()
    #: The port that it listens on inside its container; None: it has none to publish.
    port: int | None = None
    #: The path to scrape on that port; None: it is not scraped.
    metrics: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    #: It is started if this profile is asked for; None: always.
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somewhere that notifications go, beside the stack's own page."""

    name: str
    #: `webhook`, `email`, `slack` or `pagerduty`.
    kind: str
    #: Alertmanager's settings of that kind.
    settings: Mapping[str, str | bool]
    #: Alertmanager's settings that are read from a file, with the name of the secret that holds each.
    secrets: Mapping[str, str] = field(default_factory=dict)
    severities: tuple[Severity, ...] = (Severity.CRITICAL, Severity.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Who is told at an interval that alerts get through, and raises the alarm when that stops."""

    receiver: Receiver
    #: The interval, in seconds.
    every: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """How the stack runs."""

    #: The `job` labels of the targets that expose the definition's metrics.
    jobs: tuple[str, ...]
    scrape_interval: float = 15.0
    evaluation_interval: float = 15.0
    #: How long Prometheus keeps samples.
    retention: float = 15 * 86400.0
    #: The address under which runbook pages are found: `<runbooks>/<definition>/<alert>`.
    runbooks: str
    #: The address of Grafana, for links from alerts to their panels.
    grafana: str
    #: Image references that replace the pinned ones, by service.
    images: Mapping[str, str] = field(default_factory=dict)
    #: Published ports on 127.0.0.1 that replace the default ones, by service.
    ports: Mapping[str, int] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    #: Labels by which stores, and Alertmanager, tell this Prometheus from others.
    external_labels: Mapping[str, str] = field(default_factory=dict)
    remote_write: tuple[RemoteWrite, ...] = ()
    #: Address of a trace, with `{trace_id}` in it, that exemplars lead to; None: none.
    traces: str | None = None
    services: Mapping[str, Service] = field(default_factory=dict)
    #: Address of a webhook that is given the notifications beside the stack's own receiver; None: none.
    webhook: str | None = None
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    #: None: nobody is told that alerts get through.
    heartbeat: Heartbeat | None = None
