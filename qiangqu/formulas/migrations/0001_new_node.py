"""All tables of the part for a new node, in place of the steps by which they came about."""

import django.db.models.deletion
from django.db import migrations, models

import qiangqu.base.many_models


class Migration(migrations.Migration):
    replaces = [("formulas", "0001_initial"), ("formulas", "0002_indicator_subject")]

    initial = True

    dependencies = [
        ("facts", "0001_new_node"),
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Indicator",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=80, unique=True, verbose_name="代码")),
                        ("name", models.CharField(db_index=True, max_length=120, verbose_name="名称")),
                        ("unit", models.CharField(max_length=24, verbose_name="单位")),
                        ("decimals", models.PositiveSmallIntegerField(default=1, verbose_name="小数位")),
                        (
                            "direction",
                            models.CharField(
                                choices=[("up", "越高越好"), ("down", "越低越好")],
                                default="up",
                                max_length=8,
                                verbose_name="方向",
                            ),
                        ),
                        ("subject", models.CharField(default="area", max_length=40, verbose_name="取值对象")),
                        ("formula", models.TextField(max_length=4000, verbose_name="公式")),
                        ("description", models.TextField(blank=True, verbose_name="说明")),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                        ("order", models.PositiveIntegerField(default=0, verbose_name="次序")),
                    ],
                    options={
                        "verbose_name": "指标",
                        "verbose_name_plural": "指标",
                        "ordering": ["order", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "indicator",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="values",
                                to="formulas.indicator",
                                verbose_name="指标",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("period_key", models.PositiveIntegerField(verbose_name="时期")),
                        ("value", models.FloatField(blank=True, null=True, verbose_name="数值")),
                        ("simulated", models.BooleanField(default=False, verbose_name="模拟数据")),
                        (
                            "basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("official", "发布数"),
                                    ("reported", "上报数汇总"),
                                    ("register", "名录统计"),
                                    ("mixed", "多种来源"),
                                    ("", "无"),
                                ],
                                max_length=8,
                                verbose_name="数据基础",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="无值原因")),
                        ("computed_from", models.PositiveIntegerField(default=0, verbose_name="据以计算的批次")),
                    ],
                    options={
                        "verbose_name": "指标值",
                        "verbose_name_plural": "指标值",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "area", "period_key"), name="indicator_value_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MirroredBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "batch",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="facts.factbatch",
                                verbose_name="批次",
                            ),
                        ),
                        ("rows", models.PositiveIntegerField(verbose_name="行数")),
                        ("mirrored_at", models.DateTimeField(auto_now_add=True, verbose_name="复制时间")),
                        ("evaluated", models.BooleanField(db_index=True, default=False, verbose_name="已计入指标")),
                    ],
                    options={
                        "verbose_name": "已复制批次",
                        "verbose_name_plural": "已复制批次",
                    },
                ),
                migrations.CreateModel(
                    name="EvaluationState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=0)),
                        ("formulas", models.JSONField(default=dict)),
                        ("registers", models.JSONField(default=dict)),
                        ("subjects", models.JSONField(default=dict)),
                        ("today", models.DateField(null=True, verbose_name="计算日期")),
                        ("refreshed_at", models.DateTimeField(null=True, verbose_name="计算时间")),
                    ],
                ),
            ],
        ),
    ]
