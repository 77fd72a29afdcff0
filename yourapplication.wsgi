"""What mod_wsgi loads: WSGIScriptAlias / /path/of/yourapplication.wsgi (see deploy/adapters/mod_wsgi/)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from deploy.adapters import mod_wsgi

application = mod_wsgi.embedded(sys.path[0])
