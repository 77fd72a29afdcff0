"""The certificate of whatever answers on port 443 for the site: its dates, and whether it names the site.

The site itself speaks HTTP; TLS is the business of a server before it.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..machine import sockets
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

if TYPE_CHECKING:  # imported where a certificate is looked at, so that a deployment need not wait for it
    from cryptography.x509 import Certificate

HTTPS = 443
SECONDS = 5
SOON = 21  # days


def certificate(subject: Subject) -> Iterator[Finding]:
    """Nothing when nobody listens there."""
    address = subject.settings.address
    if sockets.listening(address, HTTPS):
        host = "127.0.0.1" if address in sockets.ANY else address
        yield from examine(host, HTTPS, subject.settings.server_name[0], time.time())


def examine(address: str, port: int, name: str, now: float) -> Iterator[Finding]:
    """The certificate that is shown there to a client who asks for `name`; `now` in seconds since the epoch."""
    from cryptography import x509

    try:
        found = x509.load_der_x509_certificate(shown(address, port, name))
    except (OSError, ssl.SSLError, ValueError) as error:
        yield Finding(
            WARNING, f"{address}:{port} speaks no TLS: {error}", f"openssl s_client -connect {address}:{port}"
        )
        return
    begins, ends = found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp()
    left, until = (ends - now) / 86400, f"{found.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if now < begins:
        yield Finding(WRONG, f"the certificate for {name} is not valid yet", "timedatectl set-ntp true")
    elif left < 0:
        yield Finding(WRONG, f"the certificate for {name} has expired: {until}", "certbot renew")
    elif left < SOON:
        yield Finding(WARNING, f"the certificate for {name} expires in {left:.0f} days: {until}", "certbot renew")
    else:
        yield Finding(OK, f"the certificate for {name} is valid until {until}")
    if not _names(found, name):
        yield Finding(WARNING, f"the certificate at {address}:{port} does not name {name}", f"certbot -d {name}")


def shown(address: str, port: int, name: str) -> bytes:
    """The certificate in DER; raises OSError or ssl.SSLError. Clients judge who signed it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address, port), timeout=SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def _names(certificate: Certificate, name: str) -> bool:
    """Whether one of its DNS names is `name`, or a wildcard for it."""
    from cryptography import x509

    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return bool({name, f"*.{name.partition('.')[2]}"} & {*alternative.get_values_for_type(x509.DNSName)})
