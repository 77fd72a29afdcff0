"""What Circus does when a process has ended; a copy lies beside circus.ini, and Circus imports that by its name."""

from __future__ import annotations

import contextlib
import os
import signal


def kill_rest(process_pid: int, **_: object) -> None:
    """Kill what the process has started and left: workers without their master would keep its port or its socket.

    Circus makes each process the leader of a group. systemd does the same (KillMode=mixed, systemd.kill(5)).
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process_pid, signal.SIGKILL)
