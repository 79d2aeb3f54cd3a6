"""Commands of the registry: the audit trail, the node and users."""

import json
from pathlib import Path

import click
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.terms import clauses
from qiangqu.registry.models import Post
from qiangqu.ui import maps

from . import audit, nodes, separation, throttle
from .models import Area, AreaLevel, Organisation, Role, User


@click.group("audit")
def audit_group() -> None:
    """审计记录。"""


@audit_group.command("verify")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def audit_verify(form: str) -> int:
    """核对审计链：有记录被改动或删除时说出第一条，退出码为 1。"""
    count, fault = audit.verify()
    if form == "json":
        click.echo(json.dumps({"entries": count, "intact": fault is None, "fault": fault}, ensure_ascii=False))
    else:
        click.echo(fault or f"审计记录完整：{count} 条，逐条衔接")
    return 0 if fault is None else 1


@click.group("separation")
def separation_group() -> None:
    """三员分立：查看、开启、关闭。"""


@separation_group.command("show")
def separation_show() -> None:
    """三员分立是否开启，三员各是谁，还差什么。"""
    click.echo("三员分立：已开启" if separation.is_on() else "三员分立：未开启")
    for role, posts in separation.officers().items():
        click.echo(f"  {Role(role).label}：{'、'.join(dict.fromkeys(str(one.user) for one in posts)) or '（无）'}")
    if not separation.is_on():
        for told in separation.obstacles():
            click.echo(f"  {told}")


@separation_group.command("on")
def separation_on() -> None:
    """开启三员分立（平时由安全管理员在网页上开启）。"""
    separation.turn_on(None)
    click.echo("三员分立已开启", err=True)


@separation_group.command("off")
def separation_off() -> None:
    """关闭三员分立：三员都找不到时，由服务器管理人员用它恢复，记入审计。"""
    separation.turn_off()
    click.echo("三员分立已关闭", err=True)


@click.group("node")
def node_group() -> None:
    """本节点：代码与名称。"""


@node_group.command("show")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def node_show(form: str) -> None:
    """本节点的代码与名称（还没有代码时按区域树的顶端取一个）。"""
    node = nodes.this_node()
    if form == "json":
        click.echo(json.dumps({"code": node.code, "name": node.name}, ensure_ascii=False))
    else:
        click.echo(f"{node.code or '—'}  {node.name}")


@node_group.command("name")
@click.argument("code")
@click.option("--name", default="", help="节点名称，如 宁东基地节点")
def node_name(code: str, name: str) -> None:
    """给本节点取代码 CODE（1—8
    个大写字母和数字）。编号和审计记录里用过之后不能再改：请在载入数据包之前取。
    """
    with transaction.atomic():
        node = nodes.name_node(code, name)
        audit.record(
            None,
            "node_named",
            object_type="node",
            object_id=node.code,
            detail={"code": node.code, "name": node.name},
        )
    click.echo(f"本节点是 {node.code}  {node.name}", err=True)


@click.group("user")
def user_group() -> None:
    """用户。"""


@user_group.command("create")
@click.argument("username")
@click.option("--role", type=click.Choice(Role.values), required=True, help="角色")
@click.option("--area", "area_code", required=True, help="管辖区域代码")
@click.option("--organisation", "organisation_code", default="", help="所属单位代码（企业用户必填）")
@click.option("--name", default="", help="姓名")
@click.password_option(prompt="密码", confirmation_prompt="再输一次")
def user_create(username: str, role: str, area_code: str, organisation_code: str, name: str, password: str) -> None:
    """新建用户（首次安装后建立第一个管理员）。"""
    area = Area.objects.filter(code=area_code).first()
    if area is None:
        raise NotFoundError("没有这个区域，请先载入数据包", where=area_code)
    organisation = Organisation.objects.filter(code=organisation_code).first() if organisation_code else None
    if organisation_code and organisation is None:
        raise NotFoundError("没有这个单位", where=organisation_code)
    if role == Role.ENTERPRISE and organisation is None:
        raise InputError("企业用户必须指明所属单位", where="--organisation")
    if User.objects.filter(username=username).exists():
        raise ConflictError("用户名已被使用", where=username)
    user = User(username=username, display_name=name)
    try:
        validate_password(password, user)
        user.set_password(password)
        user.full_clean()
    except ValidationError as error:
        raise InputError(clauses(error.messages), where=username) from None
    with transaction.atomic():
        user.save()
        Post.objects.create(user=user, role=role, area=area, organisation=organisation)
        audit.record(
            None,
            "user_created",
            object_type="user",
            object_id=user.pk,
            area_path=area.path,
            detail={"username": username, "role": role},
        )
    click.echo(f"用户 {username} 已建立", err=True)


def _named(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFoundError("没有这个用户", where=username)
    return user


@user_group.command("password")
@click.argument("username")
@click.password_option(prompt="新密码", confirmation_prompt="再输一次")
def user_password(username: str, password: str) -> None:
    """为用户设置新密码（忘记密码、被锁在外面时）；他的会话、令牌和订阅地址随之停用，登录限制解除。"""
    user = _named(username)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InputError(clauses(error.messages), where=username) from None
    with transaction.atomic():
        user.set_password(password)
        user.save()
        throttle.unlock(username)
        audit.record(None, "password_changed", object_type="user", object_id=user.pk, area_path=user.home_path)
    click.echo(f"用户 {username} 的密码已更新", err=True)


@user_group.command("unlock")
@click.argument("username", required=False, default="")
def user_unlock(username: str) -> None:
    """解除登录限制：忘掉这个用户（不写则全部）的失败次数。"""
    if username:
        _named(username)
    with transaction.atomic():
        count = throttle.unlock(username)
        audit.record(None, "unlocked", object_type="user", object_id=username, detail={"attempts": count})
    click.echo(f"已忘掉 {count} 次失败的登录", err=True)


@click.group("map")
def map_group() -> None:
    """底图：载入经审核的行政区划边界。"""


@map_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", "code", required=True, help="省级区域代码，如 640000")
@click.option("--approval", required=True, help="审图号，印在图旁")
@click.option("--source", required=True, help="制图或发布单位，印在图旁")
@click.option("--name-field", default="name", show_default=True, help="要素名称所在的属性")
def map_load(file: Path, code: str, approval: str, source: str, name_field: str) -> None:
    """用 FILE（GeoJSON，CGCS2000 经纬度）代替示意图；图层存在本节点，浏览器不访问外网。"""
    area = _area_of(code)
    layer = maps.read_layer(file.read_bytes(), name_field)
    cities = Area.objects.filter(path__startswith=area.path, level=AreaLevel.CITY).exclude(pk=area.pk)
    # areas under the region itself that are no administrative ones (a base of its own) have no outline
    wanted = [city.name for city in cities if city.code[:2] == code[:2] and city.code[:6].isdigit()]
    kept, data = maps.checked_layer(code, layer, approval, source, wanted)
    detail = {"sha256": kept.sha256, "approval": kept.approval, "source": kept.source, "file": file.name[:120]}
    with transaction.atomic():
        audit.record(
            None, "map_loaded", object_type="registry.Area", object_id=area.pk, area_path=area.path, detail=detail
        )
        maps.keep_layer(code, kept, data)
    click.echo(f"已载入 {len(kept.places)} 个区域的边界；图旁印：审图号 {kept.approval}，{kept.source}")


@map_group.command("remove")
@click.option("--area", "code", required=True, help="省级区域代码，如 640000")
def map_remove(code: str) -> None:
    """撤下载入的边界，恢复为示意图。"""
    area = _area_of(code)
    if maps.layer_of(code) is None:
        raise NotFoundError("这个区域没有载入过边界", where=code[:24])
    with transaction.atomic():
        audit.record(None, "map_removed", object_type="registry.Area", object_id=area.pk, area_path=area.path)
        maps.remove_layer(code)
    click.echo("已撤下，恢复为示意图")


def _area_of(code: str) -> Area:
    area = Area.objects.filter(code=code[:24]).first()
    if area is None:
        raise NotFoundError("没有这个区域代码", where=code[:24])
    return area
