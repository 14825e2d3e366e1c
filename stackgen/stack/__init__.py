"""Starts, watches and stops a generated stack, in containers or as native processes."""

from stackgen.stack.choice import choose_engine
from stackgen.stack.engine import Engine, ServiceStatus

__all__ = ["Engine", "ServiceStatus", "choose_engine"]
