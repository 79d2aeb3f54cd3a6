"""For benchmarks: the demonstration of ``QIANGQU_HOME``, or one made in a temporary folder."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def demonstration() -> Iterator[None]:
    """Django is set up on a home with the demonstration of the Ningxia pack; without ``QIANGQU_HOME`` one is
    made first (some minutes) and gone afterwards.
    """
    given = "QIANGQU_HOME" in os.environ
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("QIANGQU_HOME", folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "qiangqu.site.settings"
        import django

        django.setup()
        if not given:
            from qiangqu.site.packs import find_pack
            from qiangqu_demo.prepare import prepare

            prepare(find_pack("ningxia"), lambda text: print(text, flush=True))
        yield
