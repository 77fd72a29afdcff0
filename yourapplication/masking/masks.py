"""Settings as they may be shown: without what is secret. Commands import this, and only they."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import URL

SECRET = re.compile(r"KEY|PASSW|PASSPHRASE|TOKEN|CREDENTIAL|(?:^|_)SECRET$", re.I)
# In a URL, in its query, and in libpq's key=value.
CREDENTIALS = re.compile(r"(://[^/?#:@]*:).*(?=@)|((?:^|[?&;\s])(?:ssl)?(?:password|pwd)=)(?:'[^']*'|[^&;\s]*)", re.I)


def masked(name: str, value: Any) -> Any:
    """A setting's value as it may be shown: no secret, no password within a URL or a connection's parameters."""
    if isinstance(value, dict):
        return {key: masked(str(key), inner) for key, inner in value.items()}
    if SECRET.search(name) and value:
        return "***"
    if isinstance(value, str | URL):
        text = value.render_as_string(hide_password=False) if isinstance(value, URL) else value
        return CREDENTIALS.sub(r"\1\2***", text)
    if isinstance(value, list | tuple):
        return [masked(name, inner) for inner in value]
    return value if isinstance(value, int | float | bool | None) else str(value)
