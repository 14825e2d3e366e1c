"""What Grafana finds when it starts: the datasources, the dashboards, and its own settings."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.document import heading, to_yaml
from stackgen.generators.grafana.defaults import home_dashboard

#: Where the generated dashboards are mounted.
DASHBOARDS = "/var/lib/grafana/dashboards"

#: The secret that holds the administrator's password, and the file of it beside the compose file.
PASSWORD = "grafana_admin_password"  # noqa: S105 - a name, not a password


def datasources(definition: Definition) -> str:
    """The datasource that all generated dashboards use, and the Alertmanager for Grafana's alert list."""
    ports = conventions.SERVICE_PORTS
    settings = {
        "apiVersion": 1,
        "datasources": [
            {
                "name": conventions.DATASOURCE_NAME,
                "uid": conventions.DATASOURCE_UID,
                "type": "prometheus",
                "access": "proxy",
                "url": f"http://prometheus:{ports['prometheus']}",
                "isDefault": True,
                "editable": False,
                "jsonData": {
                    "httpMethod": "POST",
                    # $__rate_interval is four times this; it has to be the interval that Prometheus scrapes with.
                    "timeInterval": prometheus_duration(definition.stack.scrape_interval),
                },
            },
            {
                "name": "Alertmanager",
                "uid": "stackgen-alertmanager",
                "type": "alertmanager",
                "access": "proxy",
                "url": f"http://alertmanager:{ports['alertmanager']}",
                "editable": False,
                "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
            },
        ],
    }
    return heading(definition, "Where Grafana gets its data.") + "\n" + to_yaml(settings)


def dashboards(definition: Definition) -> str:
    """The provider of the generated dashboards."""
    provider = {
        "name": "stackgen",
        "type": "file",
        # The files are the truth: what is changed by hand would be lost with the next generate.
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        # Each definition's dashboards are in a folder of their own, on the disk and in Grafana.
        "options": {"path": DASHBOARDS, "foldersFromFilesStructure": True},
    }
    settings = {"apiVersion": 1, "providers": [provider]}
    return heading(definition, "Which dashboards Grafana shows.") + "\n" + to_yaml(settings)


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
        "GF_LOG_MODE": "console",
        "GF_SERVER_HTTP_ADDR": "0.0.0.0",  # noqa: S104 - inside the container; published on 127.0.0.1 only
        "GF_SERVER_HTTP_PORT": str(conventions.SERVICE_PORTS["grafana"]),
    }
    home = home_dashboard(definition)
    if home is not None:
        file = conventions.dashboard_file(definition, home.key)
        settings["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] = f"{DASHBOARDS}/{file}"
    return settings
