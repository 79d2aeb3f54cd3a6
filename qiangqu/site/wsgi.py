"""WSGI entry point (granian)."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
application = get_wsgi_application()

# What lives as long as the process is not looked through again: the collector walked 200,000 objects of the program, 0.1 to
# 0.2 s, in the midst of pages that read some thousand rows.
_pages = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(20_000)
