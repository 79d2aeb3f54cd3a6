"""All tables of the part for a new node, in place of the steps by which they came about."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [
        ("facts", "0001_initial"),
        ("facts", "0002_source_index"),
        ("facts", "0003_import_job_lease"),
        ("facts", "0004_batch_area"),
        ("facts", "0005_batch_area_only"),
        ("facts", "0006_declared_subjects"),
        ("facts", "0007_identity"),
    ]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Element",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=80, unique=True, verbose_name="代码")),
                        ("name", models.CharField(db_index=True, max_length=80, verbose_name="名称")),
                        ("unit", models.CharField(max_length=24, verbose_name="单位")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("flow", "流量"),
                                    ("level", "存量"),
                                    ("share", "比重"),
                                    ("index", "指数"),
                                    ("rate", "增速"),
                                    ("count", "计数"),
                                ],
                                max_length=8,
                                verbose_name="性质",
                            ),
                        ),
                        (
                            "aggregation",
                            models.CharField(
                                choices=[("sum", "求和"), ("mean", "平均"), ("last", "最新"), ("none", "不可汇总")],
                                max_length=8,
                                verbose_name="汇总方式",
                            ),
                        ),
                        (
                            "growth_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="growth_elements",
                                to="facts.element",
                                verbose_name="所属要素",
                            ),
                        ),
                        (
                            "subjects",
                            models.CharField(
                                default="area,organisation",
                                help_text="对象类型的代码，以逗号分隔",
                                max_length=300,
                                verbose_name="适用对象",
                            ),
                        ),
                        ("decimals", models.PositiveSmallIntegerField(default=2, verbose_name="小数位")),
                        ("definition", models.TextField(blank=True, verbose_name="指标解释")),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="制度依据")),
                    ],
                    options={
                        "verbose_name": "统计要素",
                        "verbose_name_plural": "统计要素",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Source",
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
                        ("title", models.CharField(max_length=200, verbose_name="标题")),
                        ("url", models.CharField(blank=True, max_length=500, verbose_name="网址")),
                        (
                            "published_on",
                            models.CharField(
                                blank=True,
                                help_text="2024-07-23，或仅年月 2024-06",
                                max_length=10,
                                verbose_name="发布日期",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "来源",
                        "verbose_name_plural": "来源",
                        "ordering": ["-published_on", "title"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("title", "url", "published_on", "origin"), name="source_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FactBatch",
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
                        ("key", models.CharField(max_length=80, verbose_name="批次键")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("pack", "数据包"),
                                    ("import", "文件导入"),
                                    ("form", "表单填报"),
                                    ("api", "接口"),
                                    ("simulation", "模拟"),
                                ],
                                max_length=12,
                                verbose_name="方式",
                            ),
                        ),
                        ("file_name", models.CharField(blank=True, max_length=200, verbose_name="文件名")),
                        ("sha256", models.CharField(blank=True, max_length=64, verbose_name="文件校验")),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="录入时间")),
                        ("simulated", models.BooleanField(default=False, verbose_name="模拟数据")),
                        ("rows", models.PositiveIntegerField(default=0, verbose_name="新增事实数")),
                        ("repeats", models.PositiveIntegerField(default=0, verbose_name="重复行数")),
                        ("corrections", models.PositiveIntegerField(default=0, verbose_name="更正数")),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                        ("first_fact", models.PositiveBigIntegerField(editable=False, null=True)),
                        ("last_fact", models.PositiveBigIntegerField(editable=False, null=True)),
                        (
                            "area",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "批次",
                        "verbose_name_plural": "批次",
                        "ordering": ["-id"],
                        "constraints": [models.UniqueConstraint(fields=("key", "origin"), name="fact_batch_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Fact",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "batch",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="facts",
                                to="facts.factbatch",
                                verbose_name="批次",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(editable=False, verbose_name="批次内序号")),
                        (
                            "element",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="facts",
                                to="facts.element",
                                verbose_name="要素",
                            ),
                        ),
                        ("subject_kind", models.PositiveSmallIntegerField(verbose_name="对象类型")),
                        ("subject_id", models.PositiveIntegerField(verbose_name="对象")),
                        ("period_key", models.PositiveIntegerField(verbose_name="时期")),
                        ("value", models.FloatField(verbose_name="数值")),
                        (
                            "supersedes",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="facts.fact",
                                verbose_name="所更正的事实",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="facts",
                                to="facts.source",
                                verbose_name="来源",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(blank=True, null=True, verbose_name="源文件行号")),
                        (
                            "precedence",
                            models.SmallIntegerField(
                                default=0,
                                help_text="同一格有几个来源时：1 取用，-1 备查，0 按发布日期",
                                verbose_name="取用",
                            ),
                        ),
                        (
                            "stated",
                            models.CharField(
                                blank=True, help_text="换算前的数值与单位", max_length=60, verbose_name="原文数值"
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
                    ],
                    options={
                        "verbose_name": "事实",
                        "verbose_name_plural": "事实",
                        "indexes": [
                            models.Index(
                                fields=["element", "period_key", "subject_kind", "subject_id"], name="fact_cell"
                            ),
                            models.Index(
                                condition=models.Q(("source__isnull", False)),
                                fields=["source", "id"],
                                name="fact_source",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("supersedes__isnull", False)),
                                fields=("supersedes",),
                                name="fact_superseded_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionForm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "frequency",
                            models.PositiveSmallIntegerField(
                                choices=[(5, "月报"), (3, "季报"), (1, "年报")], verbose_name="报告期别"
                            ),
                        ),
                        (
                            "due_days",
                            models.PositiveSmallIntegerField(
                                default=15,
                                help_text="报告期结束后多少天内报送",
                                validators=[django.core.validators.MaxValueValidator(180)],
                                verbose_name="报送期限",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="collection_forms",
                                to="registry.area",
                                verbose_name="适用区域",
                            ),
                        ),
                        (
                            "scale",
                            models.CharField(
                                blank=True,
                                choices=[("above", "规模以上"), ("small", "规模以下"), ("", "不适用")],
                                help_text="空表示不限规模",
                                max_length=8,
                                verbose_name="适用规模",
                            ),
                        ),
                        ("first_period", models.PositiveIntegerField(verbose_name="起始时期")),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="制度依据")),
                    ],
                    options={
                        "verbose_name": "报表",
                        "verbose_name_plural": "报表",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "form",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="facts.collectionform",
                                verbose_name="报表",
                            ),
                        ),
                        (
                            "element",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="facts.element",
                                verbose_name="要素",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="顺序")),
                        (
                            "unit",
                            models.CharField(
                                help_text="如 万元；入库时换算为要素的单位", max_length=24, verbose_name="填报单位"
                            ),
                        ),
                        ("required", models.BooleanField(default=True, verbose_name="必填")),
                        ("minimum", models.FloatField(blank=True, null=True, verbose_name="最小值")),
                        ("maximum", models.FloatField(blank=True, null=True, verbose_name="最大值")),
                        (
                            "max_change",
                            models.FloatField(
                                blank=True,
                                help_text="与上期相比变化超过这个百分比时须说明原因",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="波动上限",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "报表项目",
                        "verbose_name_plural": "报表项目",
                        "ordering": ["position", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("form", "element"), name="collection_item_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Report",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "form",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="facts.collectionform",
                                verbose_name="报表",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="registry.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        ("period_key", models.PositiveIntegerField(verbose_name="时期")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "草稿"),
                                    ("submitted", "待审核"),
                                    ("returned", "已退回"),
                                    ("approved", "已入库"),
                                ],
                                default="draft",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                        ("values", models.JSONField(default=dict, verbose_name="内容")),
                        (
                            "edited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="填报人",
                            ),
                        ),
                        ("edited_at", models.DateTimeField(auto_now=True, verbose_name="填报时间")),
                        ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交时间")),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                        ("review_note", models.CharField(blank=True, max_length=300, verbose_name="审核意见")),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="facts.factbatch",
                                verbose_name="批次",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "填报",
                        "verbose_name_plural": "填报",
                        "ordering": ["-period_key", "organisation__code"],
                        "indexes": [
                            models.Index(fields=["status", "period_key"], name="facts_repor_status_21c5e2_idx")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("form", "organisation", "period_key"), name="report_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "等待检查"),
                                    ("checking", "正在检查"),
                                    ("ready", "可以导入"),
                                    ("faulty", "有误"),
                                    ("confirmed", "等待导入"),
                                    ("importing", "正在导入"),
                                    ("done", "已导入"),
                                    ("failed", "无法导入"),
                                    ("dropped", "已放弃"),
                                ],
                                default="waiting",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("progress", models.PositiveIntegerField(default=0, verbose_name="已处理行数")),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                        ("beat_at", models.DateTimeField(blank=True, null=True)),
                        ("worker", models.CharField(blank=True, max_length=120)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("token", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("suffix", models.CharField(max_length=8)),
                        ("size", models.PositiveBigIntegerField(verbose_name="大小")),
                        ("sha256", models.CharField(max_length=64, verbose_name="文件校验")),
                        ("preview", models.JSONField(default=dict)),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="facts.factbatch",
                                verbose_name="批次",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "导入任务",
                        "verbose_name_plural": "导入任务",
                        "ordering": ["-id"],
                    },
                ),
            ],
        ),
    ]
