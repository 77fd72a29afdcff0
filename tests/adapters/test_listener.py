"""The listening socket: taken over, bound, or refused in a sentence."""

import os
import socket

import pytest

from deploy.adapters.options import Unservable
from deploy.adapters.process import listener

from . import live


def test_accepted_tcp_connections_are_not_delayed_and_the_socket_never_blocks():
    address = ("127.0.0.1", live.free_port())
    with listener.listening(f"127.0.0.1:{address[1]}", {}) as held, held:
        assert held.getblocking() is False
        with live.connected(address):
            accepted = live.wait_for(lambda: accept(held))
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def accept(held):
    try:
        return held.accept()[0]
    except BlockingIOError:
        return None


def test_ipv6():
    with listener.bind(f"[::1]:{live.free_port()}") as held:
        assert held.family == socket.AF_INET6


def test_a_stale_unix_socket_is_replaced_and_removed_in_the_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind("./web.sock")
    with listener.listening("./web.sock", {}) as held, held:
        assert live.connects("./web.sock")
    assert not os.path.exists("web.sock")


def test_a_unix_socket_in_use_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with (
        live.listening("./web.sock"),
        pytest.raises(Unservable, match=r"cannot listen on \./web.sock: Address already in"),
    ):
        listener.bind("./web.sock")
    assert os.path.exists("web.sock")


def test_a_file_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(Unservable, match=r"cannot listen on \./file: Address already in use"):
        listener.bind("./file")
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "no listening socket was inherited and no address was given"),
        ("8000", "neither host:port nor the path"),
        ("localhost", "neither host:port nor the path"),
        ("localhost:http", "neither host:port nor the path"),
        ("127.0.0.1:99999", "cannot listen on 127.0.0.1:99999: .*0-65535"),
        ("nosuchhost.invalid:80", "cannot listen on nosuchhost.invalid:80: "),
        ("/nowhere/web.sock", "cannot listen on /nowhere/web.sock: No such file or directory"),
        ("/tmp/" + "x" * 103, "is longer than 107 bytes"),
        ("/tmp/" + "é" * 60, "is longer than 107 bytes"),
    ],
)
def test_bad_addresses_are_refused_in_a_sentence(address, says):
    with pytest.raises(Unservable, match=says) as refusal:
        listener.bind(address)
    assert "\n" not in str(refusal.value)


def test_a_port_in_use_is_refused():
    address = ("127.0.0.1", live.free_port())
    with live.listening(address), pytest.raises(Unservable, match="Address already in use"):
        listener.bind(f"127.0.0.1:{address[1]}")
