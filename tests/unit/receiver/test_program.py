"""`python -m stackgen.stack.receiver` as a process."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

COMMAND = [sys.executable, "-m", "stackgen.stack.receiver"]


def test_it_serves_until_it_is_told_to_stop() -> None:
    with subprocess.Popen([*COMMAND, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        address = re.search(r"listening on (http://127\.0\.0\.1:\d+)", said)
        assert address is not None, said
        with urllib.request.urlopen(f"{address[1]}/health", timeout=60) as answer:
            assert json.load(answer) == {"status": "healthy"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port" in line


def test_it_needs_nothing_but_the_base_install() -> None:
    names = "('yaml', 'jsonschema', 'redis', 'prometheus_client')"
    code = f"import stackgen.stack.receiver.__main__, sys; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"
