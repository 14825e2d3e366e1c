"""Makes the passwords that the stack needs: random ones, kept beside the compose file and out of git."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.engine import Report

#: The passwords that are made, and whose they are.
_NAMES = {"grafana_admin_password": "Grafana's user admin"}


def ensure_secrets(project: Path, report: Report, wanted: Iterable[str] = ()) -> None:
    """Make every password of the project's stack that is not there yet, under `compose/secrets`, and tell it once.

    `wanted` are all secrets of the stack; those that only the user can know are not made, and StackgenError names
    those of them that are missing. The folder is closed to other users. The files in it are not: Docker mounts each
    by itself into a container, where a user with another number reads it.
    """
    folder = project / "compose" / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    for name, whose in _NAMES.items():
        file = folder / name
        if not file.exists():
            password = secrets.token_urlsafe(18)
            fresh = folder / f".{name}.new"
            fresh.write_text(password, encoding="utf-8")
            fresh.chmod(0o644)
            fresh.replace(file)
            report(f"{whose} has the password {password}; it is told this once, and kept in compose/secrets/{name}")
    if missing := [name for name in wanted if name not in _NAMES and not (folder / name).is_file()]:
        named = ", ".join(f"compose/secrets/{name}" for name in missing)
        raise StackgenError(f"the definition needs {named}; put the secret there, one to a file")


def require_readable(project: Path, wanted: Iterable[str]) -> None:
    """Raise StackgenError if a container, which runs as a user of its own, could not read one of the secrets."""
    for name in wanted:
        file = project / "compose" / "secrets" / name
        if file.stat().st_mode & stat.S_IROTH == 0:
            raise StackgenError(
                f"{file} can be read by its owner alone, and containers are somebody else; chmod o+r it (the folder "
                "stays closed to other users)"
            )
