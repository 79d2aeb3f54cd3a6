"""Server time of every page with the demonstration data.

    QIANGQU_HOME=var/demo python bench/pages.py [--user planner] [--all] [--cpu] [--urls ADDRESS ...]

Walks all links of the site as one user, asks each page again five times and prints the middle time of each
kind of address, slowest first, with its ratio to a floor: the sign-in page, which reads nothing from the
database. In this process, without a network; DEBUG is off. With ``--cpu`` the process's CPU time is measured
instead, which says the same on a machine that is busy with other things. Without a demonstration in QIANGQU_HOME one is
made in a temporary folder first (half a minute).
"""

import argparse
import statistics
import time
from urllib.parse import urlsplit

from qiangqu_demo.bench import demonstration

REPEATS = 5
AIM_MS = {"/cockpit": 300}
# a value opened down to its rows: the formula is evaluated again, with the values of all its parts
OPENING_MS = 200
DOWNLOADS = ("/export/", "format=xlsx", ".xlsx", ".docx")


def is_file(url: str) -> bool:
    return any(mark in url for mark in DOWNLOADS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--user", default="planner")
    parser.add_argument("--all", action="store_true", help="every kind of address, not only the 25 slowest")
    parser.add_argument("--cpu", action="store_true", help="CPU time instead of the clock's")
    parser.add_argument("--urls", nargs="*", help="only these addresses")
    arguments = parser.parse_args()
    with demonstration():
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    """Print the times. Django is set up."""
    from django.test import Client
    from django.urls import resolve

    from qiangqu.registry.models import User
    from qiangqu.site import wsgi  # noqa: F401 - what the server does to its process when it starts
    from qiangqu.site.tests.crawling import crawl, of_test_client

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(username=arguments.user))

    clock = time.process_time if arguments.cpu else time.perf_counter

    def milliseconds(url: str, who: Client = client) -> float:
        get, times = of_test_client(who), []
        for _ in range(REPEATS):
            began = clock()
            get(url)
            times.append((clock() - began) * 1000)
        return statistics.median(times)

    urls = arguments.urls
    if not urls:
        walked = crawl(of_test_client(client), per_kind=3, limit=600)
        urls = [url for url, status in walked.statuses.items() if status == 200]
    stranger = Client(HTTP_HOST="127.0.0.1")
    stranger.get("/accounts/login/")

    def aim(url: str) -> float:
        return OPENING_MS if "/explain" in url else AIM_MS.get(urlsplit(url).path, 100)

    floor = milliseconds("/accounts/login/", stranger)
    worst: dict[str, tuple[float, str]] = {}
    for url in urls:
        taken = milliseconds(url)
        route = url if arguments.urls else str(resolve(urlsplit(url).path).route)
        worst[route] = max(worst.get(route, (0.0, "")), (taken, url))
    listed = sorted(worst.items(), key=lambda item: -item[1][0])
    print(f"floor, the sign-in page: {floor:.1f} ms; {len(urls)} addresses of {len(listed)} kinds as {arguments.user}")
    print(f"{'ms':>8} {'× floor':>8}  address (the slowest of its kind)")
    for _route, (taken, url) in listed if arguments.all else listed[:25]:
        kept = is_file(url) or taken <= aim(url)
        print(f"{taken:8.1f} {taken / floor:8.1f}  {url[:160]}{'' if kept else '  over its aim'}")
    pages = [(taken, url) for taken, url in worst.values() if not is_file(url)]
    within = sum(taken <= aim(url) for taken, url in pages)
    print(f"{within} of {len(pages)} kinds of pages within their aim (100 ms; cockpit 300 ms, an opened value 200 ms)")
    print(f"{len(worst) - len(pages)} kinds are files (Excel, Word) of whole lists: listed, without an aim")


if __name__ == "__main__":
    main()
