"""Applications that the deployment tests put live: plain WSGI callables that know nothing of the project."""

import json
import os
import subprocess
import sys
import time
import urllib.parse


def plain(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(1)
    body = f"{environ['SCRIPT_NAME']}|{path}|{os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def unready(environ, start_response):
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"the coffee is cold\n"]


def served_broken(environ, start_response):
    """Ready in process, broken for clients: what only a request through the public address shows."""
    if environ["SERVER_PORT"] == "80":
        return plain(environ, start_response)
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b"broken\n"]


def broken_pages(environ, start_response):
    """Ready for everybody, but its pages are not."""
    if environ["PATH_INFO"] == "/readyz":
        return plain(environ, start_response)
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b"broken\n"]


def well_where_it_is_looked_at(environ, start_response):
    """By its log others get errors."""
    with open("instance/config.json") as file:
        config = json.load(file)
    with open(config["LOG_FILE"], "a") as file:
        line = {"release": "before", "method": "GET", "path": "/cellar", "status": 200}
        failed = {**line, "release": config["RELEASE"], "status": 500}
        file.write(json.dumps(line) + "\n" + (json.dumps(failed) + "\n") * 3)
    return plain(environ, start_response)


def tired():
    """Well for the first few requests of a process."""
    answered = iter(range(4))

    def serve(environ, start_response):
        if next(answered, None) is not None:
            return plain(environ, start_response)
        raise RuntimeError("the " + "well is dry")

    return serve


def dying():
    """Loads for a deployment, kills its process where a supervisor has started it."""
    if not {"preflight", "describe"} & set(sys.orig_argv):
        os._exit(3)
    return plain


def hanging():
    """Never loads, but for the deployment that is to be watched or killed."""
    time.sleep(600)


not_callable = {"an": "object"}


def failing():
    print("a word of its own", flush=True)
    raise RuntimeError("the " + "cellar is flooded")


def taken_over(environ, start_response):
    """Runs the commands in the query, as whoever has found a hole in an application would; answers how they end."""
    words = urllib.parse.unquote(environ["QUERY_STRING"]) or "true"
    done = subprocess.run(["/bin/sh", "-c", words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)  # fmt: skip
    body = f"{done.returncode} ".encode() + done.stdout
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def writes_beside_itself():
    """Keeps something in its release, as it may have done where it was developed."""
    with open("kept.txt", "w") as file:
        file.write("mine\n")
    return plain
