"""python runserver.py [--port PORT]: the development server, with reloader and debugger, for this machine only."""

from __future__ import annotations

import argparse

from yourapplication import PROJECT, configuration, create_app, sources
from yourapplication.data import schema
from yourapplication.errors import Refused


def main() -> None:
    """Serve until interrupted; exits with 2 when the configuration is production's or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000, metavar="PORT", help="5000 if not given")
    port, instance = parser.parse_args().port, PROJECT / "instance"
    try:
        if not 1 <= port <= 65535:
            raise Refused(f"--port is {port}: it may be 1 to 65535")
        if configuration.choose(None, instance, sources.read_own(instance)) == "production":
            raise Refused("this is for development, and the environment is production: use make deploy-<adapter>")
        app = create_app()
    except Refused as error:
        parser.exit(2, f"runserver.py: {error.message}\n")
    with app.app_context():
        reason = schema.unready()
    if reason:
        app.logger.warning("not ready: %s", reason)
    app.run("127.0.0.1", port, debug=True)


if __name__ == "__main__":
    main()
