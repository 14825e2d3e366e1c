import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stackgen.stack.processes import MARK, Identity, end, marked, supported

pytestmark = pytest.mark.skipif(not supported(), reason="the native engine needs Linux")

STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def identity_of(process: subprocess.Popen[bytes]) -> Identity:
    identity = Identity.of(process.pid)
    assert identity is not None
    return identity


def test_a_process_is_known_by_more_than_its_number(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    assert identity.alive
    assert not replace(identity, started=identity.started + 1).alive
    assert not replace(identity, boot="another boot").alive


def test_a_process_that_got_a_recycled_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    ours_before = replace(identity_of(sleeper), started=identity_of(sleeper).started - 1)
    ours_before.send(signal.SIGKILL)
    end([ours_before], grace=1.0)
    # The signal, had it been sent, would have been delivered before this one, and ended the process with its number.
    sleeper.send_signal(signal.SIGUSR1)
    assert sleeper.wait(60) == -signal.SIGUSR1


def test_what_has_ended_and_nobody_waited_for_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive
    assert Identity.of(sleeper.pid) is None
    identity.send(signal.SIGTERM)  # to nobody, and no error


def test_a_number_that_nobody_has_is_no_process() -> None:
    assert Identity.of(2**22 + 1) is None


def test_processes_are_asked_to_end(sleeper: subprocess.Popen[bytes]) -> None:
    end([identity_of(sleeper)], grace=10.0)
    assert sleeper.wait(60) == -signal.SIGTERM


def test_one_that_does_not_want_to_end_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        end([identity_of(process)], grace=0.2)
        assert process.wait(60) == -signal.SIGKILL


def test_processes_are_found_by_the_mark_of_their_stack(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "mine-too"
    environments = [{**os.environ, MARK: str(folder)} for folder in (mine, other)]
    with (
        subprocess.Popen(["sleep", "60"], env=environments[0]) as first,
        subprocess.Popen(["sleep", "60"], env=environments[1]) as second,
    ):
        assert [found.pid for found in marked(mine)] == [first.pid]
        assert [found.pid for found in marked(other)] == [second.pid]
        for process in (first, second):
            process.kill()
            process.wait()
    assert marked(mine) == ()
