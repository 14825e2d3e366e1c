from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.secrets import ensure_secrets, require_readable


@pytest.fixture
def password(tmp_path: Path) -> Path:
    (tmp_path / "compose").mkdir()
    ensure_secrets(tmp_path, lambda _: None)
    return tmp_path / "compose" / "secrets" / "grafana_admin_password"


def test_a_password_is_random_and_long(password: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "compose").mkdir()
    ensure_secrets(other, lambda _: None)
    assert len(password.read_text()) >= 24
    assert password.read_text() != (other / "compose" / "secrets" / "grafana_admin_password").read_text()


def test_a_password_that_is_there_stays(password: Path, tmp_path: Path) -> None:
    password.write_text("chosen by the user")
    ensure_secrets(tmp_path, lambda _: None)
    assert password.read_text() == "chosen by the user"


def test_other_users_cannot_reach_it(password: Path) -> None:
    assert password.parent.stat().st_mode & 0o077 == 0


def test_it_is_told_when_it_is_made_and_never_again(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    told: list[str] = []
    ensure_secrets(tmp_path, told.append)
    ensure_secrets(tmp_path, told.append)
    (line,) = told
    assert (tmp_path / "compose" / "secrets" / "grafana_admin_password").read_text() in line
    assert "admin" in line


def test_a_secret_that_containers_cannot_read_is_named_with_what_to_do(password: Path, tmp_path: Path) -> None:
    require_readable(tmp_path, [password.name])
    password.chmod(0o600)
    with pytest.raises(StackgenError, match=r"grafana_admin_password can be read by its owner alone.*chmod o\+r"):
        require_readable(tmp_path, [password.name])
