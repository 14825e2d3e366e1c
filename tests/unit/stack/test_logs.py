from pathlib import Path

import pytest

from stackgen.stack.logs import fatal_line, last_line, read_logs, rotate


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    rotate(log, limit=4)
    assert log.read_text() == "one\n"
    assert list(tmp_path.iterdir()) == [log]


def test_a_long_log_is_put_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        for text in (b"first\n", b"second\n", b"third\n"):
            writer.write(text)
            rotate(log, limit=3)
        writer.write(b"x\n")
        rotate(log, limit=3)
    assert log.read_bytes() == b"x\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"third\n"


def test_a_log_that_somebody_removed_is_no_error(tmp_path: Path) -> None:
    rotate(tmp_path / "gone.log")
    assert last_line(tmp_path / "gone.log") == ""


def test_with_no_space_for_the_older_part_the_log_is_bounded_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("too long\n")
    (tmp_path / "a.log.1").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        rotate(log, limit=3)
    assert log.read_text() == ""


def test_the_last_line_is_the_last_that_says_something(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n" + b"filler\n" * 10_000 + b"panic: \xff bad\n\n  \n")
    assert last_line(log) == "panic: � bad"


def test_what_was_said_before_the_start_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("before\n")
    assert last_line(log, since=7) == ""
    assert last_line(log, since=100) == "before", "emptied since: all of it is new"


def test_of_a_very_long_line_both_ends_are_quoted(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("level=error " + "x" * 10_000 + " because of y")
    assert last_line(log).startswith("level=error xxx")
    assert last_line(log).endswith("xxx because of y")
    assert len(last_line(log)) < 500


def test_the_last_lines_of_several_logs_say_whose_they_are(tmp_path: Path) -> None:
    (tmp_path / "redis.log").write_text("one\ntwo\nthree\nhalf a li")
    logs = {"redis": tmp_path / "redis.log", "prometheus": tmp_path / "missing.log"}
    assert list(read_logs(logs, follow=False, lines=2)) == ["redis      | two", "redis      | three"]
    assert list(read_logs({"redis": logs["redis"]}, follow=False, lines=1)) == ["three"]


def test_a_log_is_followed_also_over_its_rotation(tmp_path: Path) -> None:
    log = tmp_path / "redis.log"
    log.write_text("before\n")
    lines = read_logs({"redis": log}, follow=True, lines=10)
    assert next(lines) == "before"
    with log.open("a") as file:
        file.write("after\n")
    assert next(lines) == "after"
    rotate(log, limit=0)
    log.write_text("anew\n")
    assert next(lines) == "anew"


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        (
            "err=old\npanic: no space left\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:12 +0x1d\n",
            "panic: no",
        ),
        ('level=info msg=up\nlevel=error err="no space left"\nlevel=info msg=stopping\n', "level=error err="),
        ("Traceback (most recent call last):\n  File x\nOSError: no space left\n", "OSError: no space"),
        ("", ""),
    ],
)
def test_why_it_ended_is_the_line_that_says_so_and_not_the_end_of_a_traceback(
    said: str, quoted: str, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    log.write_text(said)
    assert fatal_line(log).startswith(quoted)
