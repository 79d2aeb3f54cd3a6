import click
from django.utils import timezone

from qiangqu.facts.models import FactBatch


@click.group("crosscheck")
def crosscheck_group() -> None:
    """数据核查：上报的数与仪表对照。"""


@crosscheck_group.command("run")
def run_now() -> None:
    """现在核查一次全部企业。"""
    from .finding import run

    now = timezone.now()
    newest = FactBatch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    click.echo(run(timezone.localdate(now), now, newest) or "没有足够的月报或计量数据")
