"""Templates named after the file that they become, found beside the module that renders them."""

from __future__ import annotations

import re
from collections.abc import Callable

import jinja2


def load(package: str) -> Callable[[str], jinja2.Template]:
    """A function from a template's name to the template, for the templates in a package's folder."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package, "."),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # configuration files, not pages; settings.py admits nothing that needs quoting
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["regex"] = re.escape
    environment.filters["word"] = lambda text: re.sub(r"\W", "_", text)
    return environment.get_template
