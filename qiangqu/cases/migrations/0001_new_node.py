"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.crypto
import qiangqu.base.identity
import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0001_initial"),
        ("cases", "0002_encrypted_secrets"),
        ("cases", "0003_letters_issued"),
        ("cases", "0004_values_put_back"),
        ("cases", "0005_identity"),
        ("cases", "0006_records"),
    ]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="CaseKind",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=40, verbose_name="名称")),
                        (
                            "current",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.kindversion",
                                verbose_name="现行版本",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                        ("public", models.BooleanField(default=False, verbose_name="对公众开放")),
                        ("restricted", models.BooleanField(default=False, verbose_name="限经办人可见")),
                    ],
                    options={
                        "verbose_name": "事项种类",
                        "verbose_name_plural": "事项种类",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="KindVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="cases.casekind",
                                verbose_name="事项种类",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="版本")),
                        ("files", models.JSONField(verbose_name="文件")),
                        ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="修改人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="修改时间")),
                    ],
                    options={
                        "verbose_name": "事项版本",
                        "verbose_name_plural": "事项版本",
                        "ordering": ["kind", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("kind", "number", "origin"), name="kind_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        ("number", models.CharField(max_length=30, verbose_name="编号")),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="cases.casekind",
                                verbose_name="事项种类",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="cases.kindversion",
                                verbose_name="版本",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="标题")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="registry.organisation",
                                verbose_name="申请单位",
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(
                                blank=True,
                                db_index=True,
                                help_text="如 target:CODE",
                                max_length=120,
                                verbose_name="来由",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "办理中"),
                                    ("suspended", "已暂停"),
                                    ("closed", "已办结"),
                                    ("withdrawn", "已撤回"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "light",
                            models.CharField(
                                choices=[("green", "正常"), ("yellow", "预警"), ("red", "超期")],
                                default="green",
                                max_length=6,
                                verbose_name="红黄绿",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opened_cases",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起人",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="发起时间")),
                        ("last_at", models.DateTimeField(verbose_name="最近动作")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="办结期限")),
                        (
                            "limit_days",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="总时限（工作日）"),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                        ("pauses", models.JSONField(blank=True, default=list, verbose_name="暂停")),
                        ("data", models.JSONField(default=dict, verbose_name="内容")),
                        ("state", models.JSONField(default=dict, verbose_name="流程状态")),
                        ("revision", models.PositiveIntegerField(default=0, verbose_name="修订")),
                        (
                            "secret",
                            models.CharField(blank=True, editable=False, help_text="公众查询码的校验值", max_length=64),
                        ),
                        ("simulated", models.BooleanField(default=False, verbose_name="模拟数据")),
                    ],
                    options={
                        "verbose_name": "办件",
                        "verbose_name_plural": "办件",
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["opened_by", "-id"], name="case_by_opener"),
                            models.Index(fields=["kind", "status", "-id"], name="case_by_kind"),
                            models.Index(fields=["status", "light", "due_on"], name="case_by_light"),
                        ],
                        "constraints": [models.UniqueConstraint(fields=("number", "origin"), name="case_number_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Step",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        ("task_id", models.CharField(editable=False, max_length=36)),
                        ("node", models.CharField(max_length=120, verbose_name="步骤编号")),
                        ("name", models.CharField(max_length=120, verbose_name="步骤")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "待办"),
                                    ("done", "已办"),
                                    ("cancelled", "已取消"),
                                    ("returned", "已退回"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "desk_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("leader", "领导"),
                                    ("planner", "规划人员"),
                                    ("bureau", "市级部门"),
                                    ("zone", "园区人员"),
                                    ("inspector", "检查人员"),
                                    ("enterprise", "企业"),
                                    ("admin", "系统管理员"),
                                ],
                                max_length=12,
                                verbose_name="岗位",
                            ),
                        ),
                        (
                            "desk_area",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="岗位区域",
                            ),
                        ),
                        (
                            "desk_organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.organisation",
                                verbose_name="岗位单位",
                            ),
                        ),
                        ("for_public", models.BooleanField(default=False, verbose_name="由公众办理")),
                        (
                            "assignee",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经办人",
                            ),
                        ),
                        ("claimed_at", models.DateTimeField(blank=True, null=True, verbose_name="签收时间")),
                        ("opened_at", models.DateTimeField(verbose_name="到达时间")),
                        ("since", models.DateField(verbose_name="起算日")),
                        (
                            "limit_days",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="时限（工作日）"),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="期限")),
                        ("escalated_at", models.DateTimeField(blank=True, null=True, verbose_name="升级时间")),
                        (
                            "escalated_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("leader", "领导"),
                                    ("planner", "规划人员"),
                                    ("bureau", "市级部门"),
                                    ("zone", "园区人员"),
                                    ("inspector", "检查人员"),
                                    ("enterprise", "企业"),
                                    ("admin", "系统管理员"),
                                ],
                                max_length=12,
                                verbose_name="升级到的岗位",
                            ),
                        ),
                        (
                            "escalated_area",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="升级到的区域",
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办结人",
                            ),
                        ),
                        ("outcome", models.JSONField(blank=True, default=dict, verbose_name="办理结果")),
                        ("revision", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "verbose_name": "步骤",
                        "verbose_name_plural": "步骤",
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["assignee", "status", "due_on"], name="step_by_assignee"),
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["desk_area", "desk_role", "due_on"],
                                name="step_by_desk",
                            ),
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["desk_organisation", "due_on"],
                                name="step_by_unit",
                            ),
                            models.Index(fields=["done_by", "-done_at"], name="step_by_doer"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")),
                                fields=("case", "task_id"),
                                name="step_open_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Timer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="timers",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("process", "流程定时"),
                                    ("remind", "临期提醒"),
                                    ("overdue", "超期升级"),
                                    ("case", "办结超期"),
                                ],
                                max_length=8,
                                verbose_name="种类",
                            ),
                        ),
                        (
                            "step",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="timers",
                                to="cases.step",
                                verbose_name="步骤",
                            ),
                        ),
                        ("task_id", models.CharField(blank=True, max_length=36)),
                        ("since", models.DateField(verbose_name="起算日")),
                        ("workdays", models.IntegerField(blank=True, null=True, verbose_name="工作日数")),
                        ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="到期")),
                        ("worked_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                        ("failure", models.CharField(blank=True, max_length=300, verbose_name="未能处理的原因")),
                    ],
                    options={
                        "verbose_name": "定时",
                        "verbose_name_plural": "定时",
                        "ordering": ["due_at", "id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("worked_at", None)), fields=["due_at", "id"], name="timer_due"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Opinion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opinions",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        (
                            "step",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opinions",
                                to="cases.step",
                                verbose_name="步骤",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("opinion", "意见"),
                                    ("countersign", "会签"),
                                    ("urge", "催办"),
                                    ("return", "退回"),
                                ],
                                default="opinion",
                                max_length=12,
                                verbose_name="种类",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opinions",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="用户",
                            ),
                        ),
                        ("text", models.TextField(blank=True, max_length=2000, verbose_name="内容")),
                        ("agrees", models.BooleanField(blank=True, null=True, verbose_name="同意")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起人",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                    ],
                    options={
                        "verbose_name": "意见",
                        "verbose_name_plural": "意见",
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["user", "kind", "answered_at"], name="opinion_owed")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("answered_at", None), ("kind", "countersign")),
                                fields=("step", "user"),
                                name="countersign_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "uid",
                            models.UUIDField(
                                default=qiangqu.base.identity.uid7, editable=False, unique=True, verbose_name="全局标识"
                            ),
                        ),
                        (
                            "origin",
                            models.ForeignKey(
                                db_index=False,
                                default=1,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.node",
                                verbose_name="来源节点",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        (
                            "step",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="letters",
                                to="cases.step",
                                verbose_name="步骤",
                            ),
                        ),
                        ("name", models.CharField(max_length=40, verbose_name="文书代码")),
                        ("title", models.CharField(max_length=200, verbose_name="文书")),
                        ("number", models.CharField(max_length=40, verbose_name="文书编号")),
                        ("text", models.TextField(verbose_name="内容")),
                        ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                        (
                            "issued_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发出人",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(verbose_name="发出时间")),
                        ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="作废时间")),
                    ],
                    options={
                        "verbose_name": "文书",
                        "verbose_name_plural": "文书",
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("number", "origin"), name="letter_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Identity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="identity",
                                to="cases.case",
                                verbose_name="办件",
                            ),
                        ),
                        ("data", qiangqu.base.crypto.EncryptedJSONField(default=dict, verbose_name="内容")),
                    ],
                    options={
                        "verbose_name": "身份信息",
                        "verbose_name_plural": "身份信息",
                    },
                ),
                migrations.CreateModel(
                    name="CalendarDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField(unique=True, verbose_name="日期")),
                        ("works", models.BooleanField(verbose_name="上班")),
                        ("name", models.CharField(blank=True, max_length=40, verbose_name="名称")),
                        ("source", models.CharField(blank=True, max_length=120, verbose_name="依据")),
                    ],
                    options={
                        "verbose_name": "工作日历",
                        "verbose_name_plural": "工作日历",
                        "ordering": ["day"],
                    },
                ),
            ],
        ),
    ]
