#!/usr/bin/env python3
"""FastCGI: spawned by a web server, or started by hand with a socket path or host:port to listen on."""
import sys

from deploy.adapters import fastcgi

if __name__ == "__main__":  # and not where multiprocessing starts a process from this file
    sys.exit(fastcgi.enter(sys.path[0], sys.argv[1:]))
