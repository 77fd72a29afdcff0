"""The certificate of whatever answers on port 443 for the site: its dates, and whether it names the site.

The site itself speaks HTTP; TLS is the business of a server before it.
"""

from __future__ import annotations

import datetime
import re
import socket
import ssl
import time
from collections.abc import Iterator

from ..machine import sockets
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

HTTPS = 443
SECONDS = 5
SOON = 21  # days
# X.509's Validity: two times one after the other, as UTCTime (17) or GeneralizedTime (18).
TIME = rb"(?:\x17\x0d(\d{12})Z|\x18\x0f(\d{14})Z)"
VALIDITY = re.compile(rb"\x30[\x1e\x20\x22]" + TIME + TIME)


def certificate(subject: Subject) -> Iterator[Finding]:
    """Nothing when nobody listens there."""
    address = subject.settings.address
    if sockets.listening(address, HTTPS):
        host = "127.0.0.1" if address in sockets.ANY else address
        yield from examine(host, HTTPS, subject.settings.server_name[0], time.time())


def examine(address: str, port: int, name: str, now: float) -> Iterator[Finding]:
    """The certificate that is shown there to a client who asks for `name`; `now` in seconds since the epoch."""
    try:
        der = shown(address, port, name)
    except (OSError, ssl.SSLError) as error:
        yield Finding(
            WARNING, f"{address}:{port} speaks no TLS: {error}", f"openssl s_client -connect {address}:{port}"
        )
        return
    begins, ends = dates(der)
    left = (ends - now) / 86400
    until = f"{datetime.datetime.fromtimestamp(ends, datetime.UTC):%Y-%m-%d %H:%M} UTC"
    if now < begins:
        yield Finding(WRONG, f"the certificate for {name} is not valid yet", "timedatectl set-ntp true")
    elif left < 0:
        yield Finding(WRONG, f"the certificate for {name} has expired: {until}", "certbot renew")
    elif left < SOON:
        yield Finding(WARNING, f"the certificate for {name} expires in {left:.0f} days: {until}", "certbot renew")
    else:
        yield Finding(OK, f"the certificate for {name} is valid until {until}")
    if not names(der, name):
        yield Finding(WARNING, f"the certificate at {address}:{port} does not name {name}", f"certbot -d {name}")


def shown(address: str, port: int, name: str) -> bytes:
    """The certificate in DER; raises OSError or ssl.SSLError. Who signed it is for clients to judge."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address, port), timeout=SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def dates(der: bytes) -> tuple[float, float]:
    """From when until when it is valid; raises OSError for what is no certificate."""
    match = VALIDITY.search(der)
    if match is None:
        raise OSError("no certificate")
    begins, ends = (next(text for text in pair if text).decode() for pair in (match.groups()[:2], match.groups()[2:]))
    return _seconds(begins), _seconds(ends)


def names(der: bytes, name: str) -> bool:
    """Whether one of its DNS names (X.509's [2] in a SubjectAltName) is `name`, or a wildcard for it."""
    wanted = [name, f"*.{name.partition('.')[2]}"]
    return any(b"\x82" + bytes([len(each)]) + each.encode() in der for each in wanted)


def _seconds(text: str) -> float:
    """UTCTime has two digits of the year: 50 and above are of the last century (RFC 5280)."""
    text = text if len(text) == 14 else ("19" if text >= "5" else "20") + text
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC).timestamp()
