"""What granian serves: the site behind its front (``qiangqu serve``)."""

import os

from qiangqu.site.front import Front
from qiangqu.site.wsgi import application

front = Front(application, threads=int(os.environ.get("QIANGQU_THREADS", "4")))
