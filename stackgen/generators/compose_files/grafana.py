"""What Grafana finds when it starts: the datasources, the dashboards, and its own settings."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.compose_files.addresses import address, outside
from stackgen.generators.document import Quoted, heading, to_yaml
from stackgen.generators.grafana.defaults import home_dashboard

#: Where the generated dashboards are mounted.
DASHBOARDS = "/var/lib/grafana/dashboards"

#: The secret that holds the administrator's password, and the file of it beside the compose file.
PASSWORD = "grafana_admin_password"  # noqa: S105 - a name, not a password


def datasources(definition: Definition) -> str:
    """The datasources that the generated dashboards choose from, and the Alertmanager for Grafana's alert list."""
    sources = [_metrics(definition, conventions.DATASOURCE_NAME, conventions.DATASOURCE_UID, "prometheus")]
    if "victoriametrics" in definition.stack.services:
        # The same dashboards look at it when it is chosen in their variable.
        sources.append(_metrics(definition, conventions.LONG_TERM_NAME, conventions.LONG_TERM_UID, "victoriametrics"))
    sources.append(
        {
            "name": "Alertmanager",
            "uid": "stackgen-alertmanager",
            "type": "alertmanager",
            "access": "proxy",
            "url": f"http://{address('alertmanager')}",
            "editable": False,
            "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
        }
    )
    settings = {"apiVersion": 1, "datasources": sources}
    return heading(definition, "Where Grafana gets its data.") + "\n" + to_yaml(settings)


def _metrics(definition: Definition, name: str, uid: str, service: str) -> dict[str, object]:
    """A datasource that speaks Prometheus's query language."""
    settings: dict[str, object] = {
        "httpMethod": "POST",
        # $__rate_interval is four times this; it has to be the interval that Prometheus scrapes with.
        "timeInterval": prometheus_duration(definition.stack.scrape_interval),
    }
    if definition.stack.traces is not None:
        # Grafana reads $ in this file as a variable of its environment, $$ as itself.
        url = definition.stack.traces.replace("$", "$$").replace("{trace_id}", "$${__value.raw}")
        settings["exemplarTraceIdDestinations"] = [{"name": "trace_id", "url": url, "urlDisplayLabel": "Trace"}]
    return {
        "name": name,
        "uid": uid,
        "type": "prometheus",
        "access": "proxy",
        "url": f"http://{address(service)}",
        **({"isDefault": True} if uid == conventions.DATASOURCE_UID else {}),
        "editable": False,
        "jsonData": settings,
    }


def dashboards(definition: Definition) -> str:
    """The provider of the generated dashboards."""
    provider = {
        "name": "stackgen",
        "type": "file",
        # The files are the truth: what is changed by hand would be lost with the next generate.
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        # Each definition's dashboards are in a folder of their own, on the disk and in Grafana.
        "options": {"path": DASHBOARDS, "foldersFromFilesStructure": True},
    }
    settings = {"apiVersion": 1, "providers": [provider]}
    return heading(definition, "Which dashboards Grafana shows.") + "\n" + to_yaml(settings)


def service(definition: Definition) -> dict[str, object]:
    """What is special to its container."""
    return {
        "user": Quoted("472:0"),
        "environment": {key: Quoted(value) for key, value in environment(definition).items()},
        "volumes": [
            "${STACKGEN_CONFIGURATION:-.}/grafana/provisioning:/etc/grafana/provisioning:ro",
            f"../dashboards:{DASHBOARDS}:ro",
            "grafana-data:/var/lib/grafana",
        ],
        "secrets": [PASSWORD],
    }


def environment(definition: Definition) -> dict[str, str]:
    """Grafana's settings: closed to strangers, silent towards the internet, open on the overview."""
    settings = {
        "GF_SECURITY_ADMIN_PASSWORD__FILE": f"/run/secrets/{PASSWORD}",
        "GF_SECURITY_DISABLE_GRAVATAR": "true",
        "GF_AUTH_ANONYMOUS_ENABLED": "false",
        "GF_USERS_ALLOW_SIGN_UP": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
        "GF_NEWS_NEWS_FEED_ENABLED": "false",
        "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        "GF_PLUGINS_PLUGIN_ADMIN_ENABLED": "false",
        "GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED": "true",
        "GF_LOG_MODE": "console",
        "GF_SERVER_HTTP_ADDR": "0.0.0.0",  # noqa: S104 - inside the container; published on 127.0.0.1 only
        "GF_SERVER_HTTP_PORT": str(conventions.SERVICE_PORTS["grafana"]),
        "GF_SERVER_ROOT_URL": outside(definition, "grafana"),
    }
    home = home_dashboard(definition)
    if home is not None:
        file = conventions.dashboard_file(definition, home.key)
        settings["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] = f"{DASHBOARDS}/{file}"
    return settings
