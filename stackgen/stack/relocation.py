"""Makes a program that was unpacked somewhere else find its own data files.

Debian builds some programs so that they read their data (Alertmanager its notification templates, Prometheus its web
pages) from an absolute path under `/usr/share`. Without root nothing can be put there, and Go programs, which make
their system calls themselves, cannot be told otherwise from outside. So the path inside our own copy of the program is
replaced by one of the same length that is relative to the working directory: `/usr/share/x` becomes `.////share/x`,
which is right when the program runs in the `usr` folder that it was unpacked to.
"""

from __future__ import annotations

from pathlib import Path

_ABSOLUTE = b"/usr/share/"
_RELATIVE = b".////share/"


def relocate(program: Path, folder: str) -> bool:
    """Let `program` find `/usr/share/<folder>` relative to its working directory; True if it names that folder.

    The file is replaced, never written in place, so that a copy that runs is not disturbed.
    """
    content = program.read_bytes()
    absolute = _ABSOLUTE + folder.encode() + b"/"
    if absolute not in content:
        return False
    relocated = program.with_name(f"{program.name}.relocated")
    relocated.write_bytes(content.replace(absolute, _RELATIVE + folder.encode() + b"/"))
    relocated.chmod(program.stat().st_mode)
    relocated.replace(program)
    return True
