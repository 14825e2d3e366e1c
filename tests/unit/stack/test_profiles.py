import pytest

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.profiles import chosen, profiles_of

SERVICES = {
    name: ComposeService(name=name, profiles=profiles)
    for name, profiles in (("prometheus", ()), ("redis", ("demo",)), ("app", ("demo", "shop")), ("store", ("scale",)))
}


@pytest.mark.parametrize(
    ("profiles", "names"),
    [
        ((), ["prometheus"]),
        (("demo",), ["prometheus", "redis", "app"]),
        (("shop",), ["prometheus", "app"]),
        (("scale", "demo"), ["prometheus", "redis", "app", "store"]),
    ],
)
def test_services_without_a_profile_run_always_and_others_with_one_of_theirs(
    profiles: tuple[str, ...], names: list[str]
) -> None:
    assert list(chosen(SERVICES, profiles)) == names


def test_a_profile_that_no_service_has_is_named() -> None:
    with pytest.raises(StackgenError, match=r"^the stack has no profile 'dem', it has demo, shop, scale; "):
        chosen(SERVICES, ["dem"])
    with pytest.raises(StackgenError, match=r"^the stack has no profile 'demo', it has none; "):
        chosen({"prometheus": SERVICES["prometheus"]}, ["demo"])


def test_profiles_are_listed_once_each() -> None:
    assert profiles_of(SERVICES.values()) == ("demo", "shop", "scale")
