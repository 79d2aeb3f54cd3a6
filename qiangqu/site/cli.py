"""The one program, ``qiangqu``: every part's commands under one roof, as the manifests declare them.

Exit codes: 0 done, 1 the work failed or found faults, 2 wrong usage. Results go to stdout, progress and
errors to stderr. A command is imported, and Django set up for it, when it is called: help and pure functions
start at once.
"""

import os
import sys

import click

from qiangqu.base.errors import QiangquError, UsageError
from qiangqu.base.part import Command, Reference, load

from .parts import PARTS

SETTINGS = "qiangqu.site.settings"


def _load(package: str, declared: Command) -> click.Command:
    """The command itself. Sets Django up where it needs that."""
    if declared.django:
        import django
        from django.apps import apps

        if not apps.ready:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
            django.setup()
    command = Reference(package, declared.command).get()
    assert isinstance(command, click.Command), f"{package}: {declared.command} is no click command"
    return command


class Declared(click.Group):
    """A group whose commands are imported when they are called. ``own`` is the real group behind it: its
    commands count as this one's.
    """

    def __init__(self, name: str, help: str, own: tuple[str, Command] | None = None) -> None:
        super().__init__(name, help=help)
        self.own = own
        self.declared: dict[str, tuple[str, Command]] = {}
        self.groups: dict[str, Declared] = {}

    def _real(self) -> click.Group | None:
        if self.own is None:
            return None
        real = _load(*self.own)
        assert isinstance(real, click.Group) and not real.params, (
            f"{self.name}: what other commands are added to is a plain group"
        )
        return real

    def list_commands(self, context: click.Context) -> list[str]:
        real = self._real()
        return sorted({*self.declared, *(real.list_commands(context) if real is not None else ())})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in self.groups:
            return self.groups[name]
        if name in self.declared:
            return _load(*self.declared[name])
        real = self._real()
        return real.get_command(context, name) if real is not None else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without importing what the manifests describe."""
        real = self._real()
        shown: dict[str, click.Command] = {
            name: click.Command(name, help=declared.help) for name, (_package, declared) in self.declared.items()
        }
        if real is not None:
            shown |= {name: found for name in real.list_commands(context) if (found := real.get_command(context, name))}
        click.Group(commands=shown).format_commands(context, formatter)


def build_program() -> Declared:
    """The program with the commands that the manifests declare. Nothing is imported or set up for them
    yet.
    """
    program = Declared("qiangqu", "强区：让一个地区的工业规划跑起来的平台。")
    found = [(part.package, command) for part in load(PARTS) for command in part.commands]
    program.declared = {command.name: (package, command) for package, command in found if " " not in command.name}
    for package, command in found:
        group, _space, name = command.name.partition(" ")
        if not name:
            continue
        if group not in program.groups:
            own = program.declared[group]
            program.groups[group] = Declared(group, own[1].help, own)
        program.groups[group].declared[name] = (package, command)
    return program


def command_of(program: click.Command, *path: str) -> click.Command:
    """The command that the words of ``path`` lead to. Raises UsageError when there is none."""
    for name in path:
        context = click.Context(program, info_name=program.name)
        found = program.get_command(context, name) if isinstance(program, click.Group) else None
        if found is None:
            raise UsageError(f"没有命令 {' '.join(path)}")
        program = found
    return program


def main() -> None:
    """Entry point of the console script and of ``python -m qiangqu``."""
    os.umask(0o077)  # what this node writes is its own user's alone, with and without Django's settings
    try:
        code = build_program()(standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        sys.exit(error.exit_code if isinstance(error, click.UsageError) else 1)
    except click.Abort:
        click.echo("已中断", err=True)
        sys.exit(1)
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except QiangquError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
