from django.urls import path

from qiangqu.ui import registers

from . import pages
from .registers import RECORDS

urlpatterns = [
    path("$code/distribution/", pages.distribution, name="$code-distribution"),
    *registers.urls(RECORDS),
]
