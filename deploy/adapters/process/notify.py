"""Tell the supervisor how this process is doing: sd_notify(3), which Circus is taught too."""

from __future__ import annotations

import socket


def notify(address: str, state: str) -> None:
    """Tell the supervisor how this process is doing (sd_notify(3)); a process without a listener is well too, as
    there."""
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        if channel.connect_ex("\0" + address[1:] if address.startswith("@") else address) == 0:
            channel.send(state.encode("utf-8", "replace"))
