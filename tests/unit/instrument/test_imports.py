"""An application pays for the libraries that it uses, and for no other."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIBRARIES = "redis pymemcache pylibmc django cachetools cachier aiocache dogpile yaml"


WRAPPERS = [
    "redis",
    "pymemcache",
    "pylibmc",
    "django",
    "functions",
    "statistics",
    "cachetools",
    "cachier",
    "aiocache",
    "dogpile",
    "memcached",
    "health",
    "watch",
]


@pytest.mark.parametrize("module", ["stackgen.instrument", *(f"stackgen.instrument.{name}" for name in WRAPPERS)])
def test_no_library_is_imported_before_it_is_used(module: str) -> None:
    program = f"import sys, {module}; print(*(set('{LIBRARIES}'.split()) & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
