from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.generators.compose_files.grafana import PASSWORD
from stackgen.generators.compose_files.settings import ADMIN_KEY
from stackgen.stack.secrets import ensure_secrets, require_given, require_readable


@pytest.fixture
def password(tmp_path: Path) -> Path:
    (tmp_path / "compose").mkdir()
    ensure_secrets(tmp_path, lambda _: None, [PASSWORD])
    return tmp_path / "compose" / "secrets" / PASSWORD


def test_a_password_is_random_and_long(password: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "compose").mkdir()
    ensure_secrets(other, lambda _: None, [PASSWORD])
    assert len(password.read_text()) >= 24
    assert password.read_text() != (other / "compose" / "secrets" / PASSWORD).read_text()


def test_a_password_that_is_there_stays(password: Path, tmp_path: Path) -> None:
    password.write_text("chosen by the user")
    ensure_secrets(tmp_path, lambda _: None, [PASSWORD])
    assert password.read_text() == "chosen by the user"


def test_other_users_cannot_reach_it(password: Path) -> None:
    assert password.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_the_user_made_is_closed_too(tmp_path: Path) -> None:
    folder = tmp_path / "compose" / "secrets"
    folder.mkdir(parents=True, mode=0o755)
    ensure_secrets(tmp_path, lambda _: None, [PASSWORD])
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / ".gitignore").read_text() == "*\n"


def test_what_nobody_types_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    told: list[str] = []
    ensure_secrets(tmp_path, told.append, [ADMIN_KEY])
    assert told == []
    assert len((tmp_path / "compose" / "secrets" / ADMIN_KEY).read_text()) >= 24


def test_it_is_told_when_it_is_made_and_never_again(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    told: list[str] = []
    ensure_secrets(tmp_path, told.append, [PASSWORD])
    ensure_secrets(tmp_path, told.append, [PASSWORD])
    (line,) = told
    assert (tmp_path / "compose" / "secrets" / PASSWORD).read_text() in line
    assert "admin" in line


def test_a_secret_that_containers_cannot_read_is_named_with_what_to_do(password: Path, tmp_path: Path) -> None:
    require_readable(tmp_path, [password.name])
    password.chmod(0o600)
    with pytest.raises(StackgenError, match=r"grafana_admin_password can be read by its owner alone.*chmod o\+r"):
        require_readable(tmp_path, [password.name])
    (tmp_path / "compose" / "secrets" / password.name).unlink()
    require_readable(tmp_path, [password.name])


def test_a_password_that_nothing_is_started_for_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    told: list[str] = []
    ensure_secrets(tmp_path, told.append, ["slack_url"])
    assert told == []
    assert not (tmp_path / "compose" / "secrets" / PASSWORD).exists()


def test_a_secret_of_the_user_that_is_missing_is_named_and_a_password_that_can_be_made_is_not(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    with pytest.raises(StackgenError, match=r"the definition needs compose/secrets/slack_url; put"):
        require_given(tmp_path, [PASSWORD, "slack_url"])
    (tmp_path / "compose" / "secrets" / "slack_url").write_text("https://example.org/x", encoding="utf-8")
    require_given(tmp_path, [PASSWORD, "slack_url"])
