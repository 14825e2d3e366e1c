"""The systems that packs are for, by the pack's name; `cache` is proven by tests/integration/test_pipeline.py."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.packs.system import Starter

SYSTEMS: Mapping[str, Starter] = {}
