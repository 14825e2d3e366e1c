"""Applications that want to be asked in their own way: a real Prometheus, in its container, shows what they want."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackgen.conventions import IMAGES
from tests.conftest import require
from tests.integration.docker_project import DockerProject, require_images
from tests.integration.pipeline import get_json
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

#: Answers over TLS to who knows the password, and without it to who has the token; else with 401.
APPLICATION = """
import base64, http.server, os, ssl, threading

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        right = self.headers.get("Authorization") == self.server.wanted
        body = b"app_answers 1\\n" if right else b"who are you?\\n"
        self.send_response(200 if right else 401)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def serve(port, wanted, tls=None):
    server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Answer)
    server.wanted = wanted
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()

open("/tmp/app.pem", "w").write(os.environ["PEM"])
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain("/tmp/app.pem")
basic = base64.b64encode(b"scraper:" + os.environ["PASSWORD"].encode()).decode()
serve(8443, "Basic " + basic, tls)
serve(8080, "Bearer " + os.environ["TOKEN"])
serve(8081, None)
"""

STACK = {
    "services": {
        "app": {
            "image": IMAGES["python"],
            "command": ["python", "-c", APPLICATION.replace("$", "$$")],
            "environment": {"PEM": "${APP_PEM}", "PASSWORD": "${APP_PASSWORD}", "TOKEN": "${APP_TOKEN}"},
        }
    },
    "targets": [
        {
            "job": "with-password",
            "addresses": ["app:8443"],
            "tls": {"ca_file": "app_ca.pem"},
            "basic_auth": {"username": "scraper", "password_file": "app_password"},
        },
        {"job": "with-token", "addresses": ["app:8080"], "bearer_token_file": "app_token"},
        {"job": "with-nothing", "addresses": ["app:8080"]},
        {"job": "found", "files": ["found-*.yml"]},
    ],
}

PASSWORD, TOKEN = "correct horse battery staple", "a-token-of-the-test"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[DockerProject]:
    require_images()
    require(shutil.which("openssl"), "no openssl on PATH to make a certificate with; install openssl")
    folder = tmp_path_factory.mktemp("targets")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=app"),
            *("-addext", "subjectAltName=DNS:app", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    project = DockerProject(tmp_path_factory.mktemp("project"), stack=STACK, wheels=wheels)
    project.environment |= {
        "APP_PEM": key.read_text() + certificate.read_text(), "APP_PASSWORD": PASSWORD, "APP_TOKEN": TOKEN,
    }  # fmt: skip
    secrets = project.folder / "compose" / "secrets"
    for name, text in {"app_ca.pem": certificate.read_text(), "app_password": PASSWORD, "app_token": TOKEN}.items():
        (secrets / name).write_text(text, encoding="utf-8")
    try:
        project.up()
        yield project
    finally:
        project.remove()


def health(project: DockerProject) -> dict[str, str]:
    found = get_json(project.url("prometheus", "/api/v1/targets"))["data"]["activeTargets"]
    return {target["labels"]["job"]: target["health"] for target in found}


@pytest.mark.parametrize("job", ["with-password", "with-token"])
def test_who_wants_to_be_shown_something_is_shown_it(project: DockerProject, job: str) -> None:
    wait_for(f"{job} answers", lambda: health(project).get(job) == "up", seconds=30)


def test_who_is_not_shown_it_does_not_answer(project: DockerProject) -> None:
    wait_for("it was asked", lambda: health(project).get("with-nothing") == "down", seconds=30)


def test_targets_that_are_found_in_a_file_are_scraped_as_soon_as_they_are_in_it(project: DockerProject) -> None:
    assert "found" not in health(project)
    file = project.folder / "compose" / "targets" / "found-app.yml"
    file.write_text("- targets: [app:8081]\n", encoding="utf-8")
    wait_for("it is scraped", lambda: health(project).get("found") == "up", seconds=30)


def test_of_the_demonstration_that_does_not_run_nothing_is_missed(project: DockerProject) -> None:
    groups = get_json(project.url("prometheus", "/api/v1/rules"))["data"]["groups"]
    rules = {rule["name"]: rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"}
    assert "CacheErrorRatioHigh" in rules
    assert [name for name, rule in rules.items() if rule["query"].startswith("absent(")] == []
    assert "alert: CacheMetricsMissing" in (project.folder / "alerts" / "cache.rules.yaml").read_text()


def test_no_secret_is_in_a_file_but_its_own_nor_in_prometheus_own_container(project: DockerProject) -> None:
    described = str(project.inspect()["prometheus"])
    shown = str(get_json(project.url("prometheus", "/api/v1/status/config")))
    files = [file for file in project.folder.rglob("*") if file.is_file() and file.parent.name != "secrets"]
    for secret in (PASSWORD, TOKEN):
        assert secret not in described + shown
        assert [file for file in files if secret.encode() in file.read_bytes()] == []
