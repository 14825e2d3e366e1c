"""Which services of a compose file are wanted: those without a profile, and those whose profile is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService


def chosen(services: Mapping[str, ComposeService], profiles: Collection[str]) -> dict[str, ComposeService]:
    """The services that run with these profiles, in the order of the file.

    Raises StackgenError for a profile that no service has.
    """
    known = profiles_of(services.values())
    for profile in profiles:
        if profile not in known:
            there = f"it has {', '.join(known)}" if known else "it has none"
            raise StackgenError(
                f"the stack has no profile '{profile}', {there}; "
                f"a service is put into one in the definition: `stack: {{services: {{NAME: {{profile: {profile}}}}}}}`"
            )
    return {
        name: service
        for name, service in services.items()
        if not service.profiles or set(profiles).intersection(service.profiles)
    }


def profiles_of(services: Iterable[ComposeService]) -> tuple[str, ...]:
    """All profiles that these services have, each once."""
    return tuple(dict.fromkeys(profile for service in services for profile in service.profiles))
