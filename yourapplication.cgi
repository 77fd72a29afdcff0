#!/usr/bin/env python3
"""CGI: run by a web server for every request. Name the python of your virtual environment in the first line."""
import sys

from deploy.adapters import cgi

cgi.enter(sys.path[0])
