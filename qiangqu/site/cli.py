"""The one program, ``qiangqu``: every part's commands under one roof.

Exit codes: 0 done, 1 the work failed or found faults, 2 wrong usage. Results go to stdout, progress and errors to stderr.
"""

import os
import sys
from importlib import import_module

import click

PARTS_WITH_COMMANDS = (
    "qiangqu.registry.commands",
    "qiangqu.messaging.commands",
    "qiangqu.facts.commands",
    "qiangqu.formulas.commands",
    "qiangqu.cases.commands",
    "qiangqu.plan.commands",
    "qiangqu.simulation.commands",
    "qiangqu.telemetry.commands",
    "qiangqu.domains.environment.commands",
    "qiangqu.site.commands",
)


def build_program() -> click.Group:
    """The click group with the commands of all parts. Django must be set up."""
    program = click.Group("qiangqu", help="强区：让一个地区的工业规划跑起来的平台。")
    for module in PARTS_WITH_COMMANDS:
        for command in import_module(module).COMMANDS:
            if command.name in program.commands:
                raise RuntimeError(f"two parts define the command {command.name}")
            program.add_command(command)
        for name, commands in getattr(import_module(module), "SUBCOMMANDS", {}).items():
            group = program.commands[name]
            assert isinstance(group, click.Group)
            for command in commands:
                group.add_command(command)
    return program


def main() -> None:
    """Entry point of the console script and of ``python -m qiangqu``."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
    import django

    django.setup()
    from qiangqu.base.errors import QiangquError, UsageError

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
