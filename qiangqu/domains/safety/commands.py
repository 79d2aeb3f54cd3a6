import click


@click.group("safety")
def safety() -> None:
    """安全生产：验证抽查。"""
