import socket
from collections.abc import Iterator

import pytest

from stackgen.findings import StackgenError
from stackgen.stack import ports
from stackgen.stack.compose_file import Port


def require_free(published: dict[str, int], *, udp: bool = False) -> None:
    ports.require_free({service: (Port(port, port, udp),) for service, port in published.items()})


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_free_ports_are_fine() -> None:
    require_free({"prometheus": free()})


def test_a_port_in_use_names_the_service_and_the_variable_that_moves_it(taken: int) -> None:
    line = (
        f"port {taken}, which redis-exporter needs, is in use; free it, or set STACKGEN_PORT_REDIS_EXPORTER to another"
    )
    with pytest.raises(StackgenError, match=line):
        require_free({"redis-exporter": taken})


def test_a_port_that_somebody_listens_on_at_every_address_is_in_use() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        with pytest.raises(StackgenError, match="is in use"):
            require_free({"redis": server.getsockname()[1]})


def test_two_services_cannot_have_one_port() -> None:
    port = free()
    with pytest.raises(StackgenError, match=f"b and a both want port {port}; set STACKGEN_PORT_B to another port"):
        require_free({"a": port, "b": port})


def test_a_port_for_packets_is_another_one_than_that_for_connections(taken: int) -> None:
    require_free({"statsd-exporter": taken}, udp=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        line = (
            f"UDP port {port}, which statsd-exporter needs, is in use; free it, or set STACKGEN_PORT_STATSD to another"
        )
        with pytest.raises(StackgenError, match=line):
            require_free({"statsd-exporter": port}, udp=True)


def test_all_problems_are_told_at_once(taken: int) -> None:
    with pytest.raises(StackgenError) as caught:
        require_free({"a": taken, "b": taken})
    assert len(str(caught.value).splitlines()) == 2


def test_a_connection_that_the_system_still_remembers_is_no_obstacle() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # first, so that the server's side waits in TIME_WAIT
        assert client.recv(1) == b""
        client.close()
    require_free({"prometheus": port})


def test_a_port_that_a_service_has_already_is_its_to_keep(taken: int) -> None:
    ports.require_free({"redis": (Port(6379, taken),)}, {"redis": (Port(6379, taken),)})
    with pytest.raises(StackgenError, match="which memcached needs, is in use"):
        ports.require_free({"memcached": (Port(6379, taken),)}, {"redis": (Port(6379, taken),)})


def test_one_that_would_have_to_move_is_told_how_to_stay(taken: int) -> None:
    line = f"port {taken}, .* is in use; free it, or set STACKGEN_PORT_REDIS=16379, where it is now"
    with pytest.raises(StackgenError, match=line):
        ports.require_free({"redis": (Port(6379, taken),)}, {"redis": (Port(6379, 16379),)})
