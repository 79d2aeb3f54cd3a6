"""A process in which everything is imported and Django set up, from which :mod:`programs` forks: starting a
program so takes a twentieth of a second of processor time, starting Python anew some seconds.
"""

import gc
import importlib
import os
import resource
import runpy
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

if not apps.ready:
    django.setup()
    importlib.import_module(settings.ROOT_URLCONF)
    gc.freeze()  # what is shared with the forks stays shared


def _move(environment: dict[str, str], folder: str) -> None:
    """Be a process that was started in that folder with that environment: the settings are read again."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    fresh = importlib.reload(importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"]))
    named = {name: getattr(fresh, name) for name in dir(fresh) if name.isupper()}
    changed = {name: value for name, value in named.items() if getattr(settings, name) != value}
    databases = changed.pop("DATABASES", settings.DATABASES)
    override_settings(**changed).enable()
    settings.DATABASES = databases
    connections.settings = connections.configure_settings(databases)
    for alias in connections:
        del connections[alias]  # made for the other database; none was open


def become(
    words: list[str],
    environment: dict[str, str],
    folder: str,
    files: tuple[int, int],
    given: Connection,
    said: Connection,
    complaints: str,
) -> None:
    """Run the script ``words[0]`` with the other words, as ``python SCRIPT …`` would: in the folder, with the
    limits of open files, standard input, output and error that are given.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, files)
    os.dup2(given.fileno(), 0)
    os.dup2(said.fileno(), 1)
    told = os.open(complaints, os.O_WRONLY | os.O_APPEND)
    os.dup2(told, 2)
    for end in (given, said):
        end.close()
    os.close(told)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    _move(environment, folder)
    sys.argv = words
    sys.path.insert(0, str(Path(words[0]).parent))
    runpy.run_path(words[0], run_name="__main__")
