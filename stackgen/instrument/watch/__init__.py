"""The definition's own alerts, evaluated in the process that records: `Watch`, and where its notices go."""

from stackgen.instrument.watch.notices import Mail, Notice, Webhook
from stackgen.instrument.watch.rules import Rules
from stackgen.instrument.watch.watch import Watch

__all__ = ["Mail", "Notice", "Rules", "Watch", "Webhook"]
