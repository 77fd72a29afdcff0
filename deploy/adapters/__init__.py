"""The serving half: it ships in every release, runs in the release's environment and imports nothing else of deploy."""

ADAPTERS = {
    "fastcgi": "deploy.adapters.fastcgi",
    "mod_wsgi": "deploy.adapters.mod_wsgi",
    "cgi": "deploy.adapters.cgi",
    "tornado": "deploy.adapters.tornado",
    "gevent": "deploy.adapters.gevent",
    "gunicorn": "deploy.adapters.gunicorn",
}
