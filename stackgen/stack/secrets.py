"""Makes the passwords that the stack needs: random ones, kept beside the compose file and out of git."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.engine import Report

#: The secrets that are made, and whose password they are; None: nobody types it.
_NAMES = {"grafana_admin_password": "Grafana's user admin", "victoriametrics_admin_key": None}


def ensure_secrets(project: Path, report: Report, wanted: Iterable[str]) -> None:
    """Make those of the wanted passwords that are not there yet, under `compose/secrets`, and tell each once.

    Secrets that only the user can know are left to `require_given`. The folder is closed to other users. The files in
    it are not: Docker mounts each by itself into a container, where a user with another number reads it.
    """
    folder = _folder(project)
    for name in wanted:
        file = folder / name
        if name in _NAMES and not file.exists():
            password = secrets.token_urlsafe(18)
            fresh = folder / f".{name}.new"
            fresh.write_text(password, encoding="utf-8")
            fresh.chmod(0o644)
            fresh.replace(file)
            if (whose := _NAMES[name]) is not None:
                report(f"{whose} has the password {password}; it is told this once, and kept in compose/secrets/{name}")


def require_given(project: Path, wanted: Iterable[str]) -> None:
    """Raise StackgenError if one of the wanted secrets that only the user can know is not there."""
    folder = _folder(project)
    if missing := [name for name in wanted if name not in _NAMES and not (folder / name).is_file()]:
        named = ", ".join(f"compose/secrets/{name}" for name in missing)
        raise StackgenError(f"the definition needs {named}; put the secret there, one to a file")


def require_readable(project: Path, wanted: Iterable[str]) -> None:
    """Raise StackgenError if a container, as a user of its own, could not read one of the secrets that are there."""
    folder = _folder(project)
    for name in wanted:
        file = folder / name
        if file.exists() and file.stat().st_mode & stat.S_IROTH == 0:
            raise StackgenError(
                f"{file} can be read by its owner alone, and containers are somebody else; chmod o+r it (the folder "
                "stays closed to other users)"
            )


def _folder(project: Path) -> Path:
    """The folder of the project's secrets, made if need be, closed to others and out of git."""
    folder = project / "compose" / "secrets"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)  # also one that the user has made, or git
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder
