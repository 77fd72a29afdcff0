"""Commands on hosts over SSH, as root there; the only file that opens connections to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import Failed, Refused, Stuck
from .addresses import Address

CONNECT_SECONDS = 15
SILENCE_SECONDS = 10  # three times without an answer: the connection is lost
PIECE = 256 * 1024  # bytes
# Root needs no sudo, others are asked for no password. A program that is not there is 127, where sudo would say 1.
AS_ROOT = """[ $(id -u) != 0 ] || exec "$@"
sudo -n true 2> /dev/null && exec sudo -n -- sh -c 'exec "$@"' - "$@"
echo "$(id -un) needs sudo without a password there: allow that, or say HOST=root@..." >&2; exit 2"""
# Ends with whoever reads it: the standard input, of which nothing comes, is closed when the connection is.
HELD = """exec 3<&0; "$@" & p=$!; { cat <&3 > /dev/null; kill $p; } 2> /dev/null &
wait $p; code=$?; kill $! 2> /dev/null; exit $code"""
Say = Callable[[str], None]


def run(
    address: Address, words: Sequence[str], say: Say, complain: Say, source: Path | None = None, text: str = ""
) -> int:
    """Run a command as root, with `source` or `text` on its standard input; its exit code.

    Each line of its standard output is said, each of its standard error complained. Raises Refused when the host's key
    or the user is not known, Failed when the host cannot be reached, Stuck when the connection is lost in the middle.
    """

    async def talk(connection: Any) -> int:
        async with connection.create_process(as_root(words), encoding=None) as process:
            output, errors = _lines(process.stdout, say), _lines(process.stderr, complain)
            with _cut_when_interrupted(connection):
                await asyncio.gather(_send(process, source, text), output, errors)
                return await ended(process)

    return asyncio.run(session(address, talk))


def follow(told: Mapping[Address, tuple[Say, Say]], words: Sequence[str]) -> int:
    """As `run`, on all hosts at once, for a command that may never end: it does not outlive the connection."""

    async def talk(says: tuple[Say, Say], connection: Any) -> int:
        command = as_root(["sh", "-c", HELD, "-", *words])
        async with connection.create_process(command, encoding=None) as process:
            await asyncio.gather(_lines(process.stdout, says[0]), _lines(process.stderr, says[1]))
            return await ended(process)

    async def on_all() -> int:
        return max(await asyncio.gather(*(session(host, partial(talk, says)) for host, says in told.items())))

    return asyncio.run(on_all())


async def session(address: Address, talk: Callable[[Any], Awaitable[int]]) -> int:
    """What `talk` returns of a connection to the host; raises as `run` does."""
    import asyncssh

    begun = False
    try:
        async with _connect(address) as connection:
            begun = True
            return await talk(connection)
    except asyncssh.HostKeyNotVerifiable as error:
        raise Refused(f"{address}: its host key is not the one in ~/.ssh/known_hosts, or not there ({error.reason}): "
                      f"compare the key with the host's own, then ssh {address} once") from error  # fmt: skip
    except asyncssh.PermissionDenied as error:
        raise Refused(f"{address}: does not let {address.user or 'you'} in ({error.reason}): check the user, and that "
                      "the key is in its ~/.ssh/authorized_keys") from error  # fmt: skip
    except (OSError, asyncssh.Error) as error:
        number = getattr(error, "errno", 0) or 0
        why = (
            os.strerror(number) if number > 0 else getattr(error, "strerror", "") or str(error) or type(error).__name__
        )
        if begun:
            raise Stuck(f"{address}: the connection was lost ({why}); what was begun there goes on or ends by itself: "
                        f"make status HOST={address} tells") from error  # fmt: skip
        raise Failed(f"{address}: cannot be reached ({why}): check its name and port with ssh {address}") from error


def as_root(words: Sequence[str]) -> str:
    """The command line that runs the words as root there."""
    return f"sh -c {shlex.quote(AS_ROOT)} - {shlex.join(words)}"


@contextlib.contextmanager
def _cut_when_interrupted(connection: Any) -> Iterator[None]:
    """Ctrl-C does not wait for the end of what goes on there."""
    try:
        yield
    except asyncio.CancelledError:
        connection.abort()
        raise


async def ended(process: Any) -> int:
    """The exit code of a command; raises ConnectionLost without one."""
    import asyncssh

    await process.wait()
    if process.returncode is None:
        raise asyncssh.ConnectionLost("no answer")
    return int(process.returncode)


def _connect(address: Address) -> Any:
    import asyncssh

    named = {"username": address.user, "port": address.port}
    given = {key: value for key, value in named.items() if value}
    return asyncssh.connect(
        address.host, connect_timeout=CONNECT_SECONDS, login_timeout=CONNECT_SECONDS,
        keepalive_interval=SILENCE_SECONDS, keepalive_count_max=3, **given,
    )  # fmt: skip


async def _lines(reader: Any, say: Say) -> None:
    while line := await reader.readline():
        say(line.decode("utf-8", "replace").rstrip("\n"))


async def _send(process: Any, source: Path | None, text: str) -> None:
    """Standard input; a command that ends without reading it all says why on its standard error."""
    with contextlib.suppress(BrokenPipeError):
        if source:
            with open(source, "rb") as file:
                while piece := file.read(PIECE):
                    process.stdin.write(piece)
                    await process.stdin.drain()
        process.stdin.write(text.encode())
        process.stdin.write_eof()
