"""WSGI entry point (granian)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
application = get_wsgi_application()
