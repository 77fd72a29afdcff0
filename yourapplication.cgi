#!/usr/bin/env python3
"""CGI: run by a web server for every request. Name the python of your virtual environment in the first line."""
import sys

from deploy.adapters import cgi

if __name__ == "__main__":  # and not where multiprocessing starts a process from this file
    cgi.enter(sys.path[0])
