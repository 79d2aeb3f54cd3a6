"""All tables of the part for a new node, in place of the steps by which they came about."""

import uuid

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import qiangqu.base.identity
import qiangqu.base.many_models
import qiangqu.plan.models.target


class Migration(migrations.Migration):
    replaces = [
        ("plan", "0001_initial"),
        ("plan", "0002_supervision"),
        ("plan", "0003_forecast_distribution"),
        ("plan", "0004_plan_uploads"),
        ("plan", "0005_identity"),
        ("plan", "0006_records"),
    ]

    initial = True

    dependencies = [
        ("registry", "0001_new_node"),
    ]

    operations = [
        qiangqu.base.many_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name="HistoricalPlan",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(db_index=True, max_length=60, verbose_name="代码")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        ("title", models.CharField(blank=True, max_length=200, verbose_name="文件标题")),
                        ("document_number", models.CharField(blank=True, max_length=80, verbose_name="文号")),
                        ("issuer", models.CharField(blank=True, max_length=120, verbose_name="发文机关")),
                        (
                            "released_on",
                            models.CharField(
                                blank=True, help_text="2023-03-24，或仅年 2023", max_length=10, verbose_name="成文日期"
                            ),
                        ),
                        ("source_url", models.CharField(blank=True, max_length=500, verbose_name="来源")),
                        (
                            "base_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="基年",
                            ),
                        ),
                        (
                            "start_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="起始年",
                            ),
                        ),
                        (
                            "target_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="目标年",
                            ),
                        ),
                        (
                            "at_risk_gap",
                            models.FloatField(
                                default=0.1,
                                help_text="落后是否超过全程的这一比例，与概率一起决定状态",
                                verbose_name="预警差距",
                            ),
                        ),
                        (
                            "chance_good",
                            models.FloatField(
                                default=0.5,
                                help_text="不低于此：落后不多为正常，落后较多为预警",
                                verbose_name="可望达到的概率",
                            ),
                        ),
                        (
                            "chance_poor",
                            models.FloatField(
                                default=0.3, help_text="缺少基数时，低于此为滞后", verbose_name="难以达到的概率"
                            ),
                        ),
                        (
                            "report_months",
                            models.PositiveSmallIntegerField(default=3, verbose_name="进展报告间隔（月）"),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 计划",
                        "verbose_name_plural": "historical 计划",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Plan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        ("title", models.CharField(blank=True, max_length=200, verbose_name="文件标题")),
                        ("document_number", models.CharField(blank=True, max_length=80, verbose_name="文号")),
                        ("issuer", models.CharField(blank=True, max_length=120, verbose_name="发文机关")),
                        (
                            "released_on",
                            models.CharField(
                                blank=True, help_text="2023-03-24，或仅年 2023", max_length=10, verbose_name="成文日期"
                            ),
                        ),
                        ("source_url", models.CharField(blank=True, max_length=500, verbose_name="来源")),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plans",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "base_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="基年",
                            ),
                        ),
                        (
                            "start_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="起始年",
                            ),
                        ),
                        (
                            "target_year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="目标年",
                            ),
                        ),
                        (
                            "at_risk_gap",
                            models.FloatField(
                                default=0.1,
                                help_text="落后是否超过全程的这一比例，与概率一起决定状态",
                                verbose_name="预警差距",
                            ),
                        ),
                        (
                            "chance_good",
                            models.FloatField(
                                default=0.5,
                                help_text="不低于此：落后不多为正常，落后较多为预警",
                                verbose_name="可望达到的概率",
                            ),
                        ),
                        (
                            "chance_poor",
                            models.FloatField(
                                default=0.3, help_text="缺少基数时，低于此为滞后", verbose_name="难以达到的概率"
                            ),
                        ),
                        (
                            "report_months",
                            models.PositiveSmallIntegerField(default=3, verbose_name="进展报告间隔（月）"),
                        ),
                    ],
                    options={
                        "verbose_name": "计划",
                        "verbose_name_plural": "计划",
                        "ordering": ["-target_year", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalMeasure",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("no", models.PositiveSmallIntegerField(verbose_name="序号")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("section", models.CharField(blank=True, max_length=120, verbose_name="章节")),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 举措",
                        "verbose_name_plural": "historical 举措",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Measure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="measures",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        ("no", models.PositiveSmallIntegerField(verbose_name="序号")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("section", models.CharField(blank=True, max_length=120, verbose_name="章节")),
                    ],
                    options={
                        "verbose_name": "举措",
                        "verbose_name_plural": "举措",
                        "ordering": ["plan", "no"],
                        "constraints": [models.UniqueConstraint(fields=("plan", "no"), name="measure_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Responsibility",
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
                            "measure",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="responsibilities",
                                to="plan.measure",
                                verbose_name="举措",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="responsibilities",
                                to="plan.target",
                                verbose_name="目标",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responsibilities",
                                to="registry.organisation",
                                verbose_name="责任单位",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[("lead", "牵头"), ("support", "配合")], max_length=8, verbose_name="责任"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
                    ],
                    options={
                        "verbose_name": "责任分工",
                        "verbose_name_plural": "责任分工",
                        "ordering": ["position", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("measure", "organisation"), name="measure_unit_once"),
                            models.UniqueConstraint(fields=("target", "organisation"), name="target_unit_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("measure__isnull", True), ("target__isnull", True), _connector="XOR"
                                ),
                                name="responsibility_for_one_thing",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssessmentRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assessment_rules",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        ("code", models.CharField(max_length=20, verbose_name="计数")),
                        ("name", models.CharField(max_length=60, verbose_name="名称")),
                        ("points", models.FloatField(verbose_name="每件分值")),
                    ],
                    options={
                        "verbose_name": "考核规则",
                        "verbose_name_plural": "考核规则",
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("plan", "code"), name="assessment_rule_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalTarget",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("code", models.CharField(max_length=40, verbose_name="代码")),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "indicator_code",
                            models.CharField(blank=True, db_index=True, max_length=80, verbose_name="指标"),
                        ),
                        (
                            "comparator",
                            models.CharField(
                                choices=[(">=", "≥"), (">", ">"), ("<=", "≤"), ("<", "<"), ("=", "=")],
                                default=">=",
                                max_length=2,
                                verbose_name="比较",
                            ),
                        ),
                        ("value", models.FloatField(blank=True, null=True, verbose_name="目标值")),
                        (
                            "value_max",
                            models.FloatField(
                                blank=True,
                                help_text="区间目标：达到下限为完成，上限为满额",
                                null=True,
                                verbose_name="上限",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(
                                blank=True,
                                max_length=24,
                                validators=[qiangqu.plan.models.target.check_unit],
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="目标年",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("level", "水平"),
                                    ("growth", "增速"),
                                    ("annual_growth", "年均增速"),
                                    ("share", "比重"),
                                    ("count", "数量"),
                                    ("change", "相对变化"),
                                    ("cumulative", "累计"),
                                    ("yearly", "每年"),
                                ],
                                max_length=16,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "effort",
                            models.CharField(
                                choices=[("firm", "约定"), ("strive", "力争")],
                                default="firm",
                                max_length=8,
                                verbose_name="力度",
                            ),
                        ),
                        (
                            "base_year",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="基年",
                            ),
                        ),
                        ("base", models.FloatField(blank=True, null=True, verbose_name="基数")),
                        ("base_source", models.CharField(blank=True, max_length=500, verbose_name="基数来源")),
                        ("base_reason", models.CharField(blank=True, max_length=300, verbose_name="基数说明")),
                        (
                            "path",
                            models.CharField(
                                choices=[
                                    ("linear", "等量推进"),
                                    ("compound", "等比增长"),
                                    ("milestones", "按里程碑"),
                                    ("yearly", "逐年考核"),
                                ],
                                default="linear",
                                max_length=12,
                                verbose_name="路径",
                            ),
                        ),
                        ("assigned_document", models.CharField(blank=True, max_length=120, verbose_name="下达文号")),
                        ("text", models.CharField(blank=True, max_length=500, verbose_name="原文")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        (
                            "measure",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="空为主要目标",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="plan.measure",
                                verbose_name="举措",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 目标",
                        "verbose_name_plural": "historical 目标",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Target",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="targets",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="代码")),
                        (
                            "measure",
                            models.ForeignKey(
                                blank=True,
                                help_text="空为主要目标",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="targets",
                                to="plan.measure",
                                verbose_name="举措",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="名称")),
                        (
                            "indicator_code",
                            models.CharField(blank=True, db_index=True, max_length=80, verbose_name="指标"),
                        ),
                        (
                            "comparator",
                            models.CharField(
                                choices=[(">=", "≥"), (">", ">"), ("<=", "≤"), ("<", "<"), ("=", "=")],
                                default=">=",
                                max_length=2,
                                verbose_name="比较",
                            ),
                        ),
                        ("value", models.FloatField(blank=True, null=True, verbose_name="目标值")),
                        (
                            "value_max",
                            models.FloatField(
                                blank=True,
                                help_text="区间目标：达到下限为完成，上限为满额",
                                null=True,
                                verbose_name="上限",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(
                                blank=True,
                                max_length=24,
                                validators=[qiangqu.plan.models.target.check_unit],
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="目标年",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("level", "水平"),
                                    ("growth", "增速"),
                                    ("annual_growth", "年均增速"),
                                    ("share", "比重"),
                                    ("count", "数量"),
                                    ("change", "相对变化"),
                                    ("cumulative", "累计"),
                                    ("yearly", "每年"),
                                ],
                                max_length=16,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "effort",
                            models.CharField(
                                choices=[("firm", "约定"), ("strive", "力争")],
                                default="firm",
                                max_length=8,
                                verbose_name="力度",
                            ),
                        ),
                        (
                            "base_year",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="基年",
                            ),
                        ),
                        ("base", models.FloatField(blank=True, null=True, verbose_name="基数")),
                        ("base_source", models.CharField(blank=True, max_length=500, verbose_name="基数来源")),
                        ("base_reason", models.CharField(blank=True, max_length=300, verbose_name="基数说明")),
                        (
                            "path",
                            models.CharField(
                                choices=[
                                    ("linear", "等量推进"),
                                    ("compound", "等比增长"),
                                    ("milestones", "按里程碑"),
                                    ("yearly", "逐年考核"),
                                ],
                                default="linear",
                                max_length=12,
                                verbose_name="路径",
                            ),
                        ),
                        ("assigned_document", models.CharField(blank=True, max_length=120, verbose_name="下达文号")),
                        ("text", models.CharField(blank=True, max_length=500, verbose_name="原文")),
                        ("note", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
                        ("pack_values", models.JSONField(default=dict, editable=False)),
                    ],
                    options={
                        "verbose_name": "目标",
                        "verbose_name_plural": "目标",
                        "ordering": ["plan", "position", "code"],
                        "constraints": [models.UniqueConstraint(fields=("plan", "code"), name="target_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Milestone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="milestones",
                                to="plan.target",
                                verbose_name="目标",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="年度",
                            ),
                        ),
                        ("value", models.FloatField(verbose_name="数值")),
                    ],
                    options={
                        "verbose_name": "里程碑",
                        "verbose_name_plural": "里程碑",
                        "ordering": ["year"],
                        "constraints": [models.UniqueConstraint(fields=("target", "year"), name="milestone_once")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAllocation",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="年度",
                            ),
                        ),
                        ("value", models.FloatField(verbose_name="分解值")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                        (
                            "target",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="plan.target",
                                verbose_name="目标",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical 目标分解",
                        "verbose_name_plural": "historical 目标分解",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Allocation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="allocations",
                                to="plan.target",
                                verbose_name="目标",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1950),
                                    django.core.validators.MaxValueValidator(2150),
                                ],
                                verbose_name="年度",
                            ),
                        ),
                        ("value", models.FloatField(verbose_name="分解值")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                    ],
                    options={
                        "verbose_name": "目标分解",
                        "verbose_name_plural": "目标分解",
                        "ordering": ["year", "area__path"],
                        "constraints": [
                            models.UniqueConstraint(fields=("target", "area", "year"), name="allocation_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TargetForecast",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="forecasts",
                                to="plan.target",
                                verbose_name="目标",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        ("fingerprint", models.CharField(editable=False, max_length=64)),
                        ("mean", models.FloatField(null=True, verbose_name="预测值")),
                        ("low", models.FloatField(null=True, verbose_name="下限")),
                        ("high", models.FloatField(null=True, verbose_name="上限")),
                        ("sd", models.FloatField(null=True)),
                        ("df", models.PositiveSmallIntegerField(null=True)),
                        ("log", models.BooleanField(default=False)),
                        ("centre", models.FloatField(null=True)),
                        ("lower", models.FloatField(null=True)),
                        ("upper", models.FloatField(null=True)),
                        ("whole", models.BooleanField(default=False)),
                        ("method", models.CharField(max_length=16, verbose_name="方法")),
                        ("reason", models.CharField(max_length=200, verbose_name="说明")),
                        ("path", models.JSONField(default=list)),
                        ("made_at", models.DateTimeField(auto_now=True, verbose_name="计算时间")),
                    ],
                    options={
                        "verbose_name": "目标预测",
                        "verbose_name_plural": "目标预测",
                        "constraints": [
                            models.UniqueConstraint(fields=("target", "area", "fingerprint"), name="forecast_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanDocument",
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
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plan_documents",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="documents",
                                to="plan.plan",
                                verbose_name="计划",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                        ("title", models.CharField(blank=True, max_length=300, verbose_name="标题")),
                        ("number", models.CharField(blank=True, max_length=100, verbose_name="文号")),
                        ("issuer", models.CharField(blank=True, max_length=200, verbose_name="发文机关")),
                        ("text", models.TextField(verbose_name="正文")),
                        ("units", models.JSONField(default=list, verbose_name="责任单位")),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上传人",
                            ),
                        ),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                    ],
                    options={
                        "verbose_name": "计划文件",
                        "verbose_name_plural": "计划文件",
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="PlanUpload",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.area",
                                verbose_name="区域",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上传人",
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "等待编译"),
                                    ("reading", "正在编译"),
                                    ("done", "已编译"),
                                    ("failed", "未能编译"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                        (
                            "document",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="plan.plandocument",
                                verbose_name="文件",
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                        ("beat_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name": "计划文件上传",
                        "verbose_name_plural": "计划文件上传",
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["user", "-id"], name="plan_upload_by_user")],
                    },
                ),
                migrations.CreateModel(
                    name="CompiledItem",
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
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="plan.plandocument",
                                verbose_name="文件",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("target", "目标"), ("task", "举措")], max_length=8, verbose_name="种类"
                            ),
                        ),
                        ("position", models.PositiveIntegerField(verbose_name="次序")),
                        ("found", models.JSONField(default=dict, verbose_name="编译结果")),
                        ("corrected", models.JSONField(blank=True, null=True, verbose_name="更正结果")),
                        ("confidence", models.FloatField(default=1.0, verbose_name="把握")),
                        ("reason", models.CharField(blank=True, max_length=500, verbose_name="存疑原因")),
                        ("start", models.PositiveIntegerField(verbose_name="起")),
                        ("end", models.PositiveIntegerField(verbose_name="止")),
                        (
                            "decision",
                            models.CharField(
                                choices=[
                                    ("pending", "待审"),
                                    ("accepted", "采纳"),
                                    ("corrected", "更正"),
                                    ("rejected", "不采纳"),
                                    ("added", "补充"),
                                ],
                                default="pending",
                                max_length=10,
                                verbose_name="结论",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                        (
                            "target",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="compiled_items",
                                to="plan.target",
                                verbose_name="所成目标",
                            ),
                        ),
                        (
                            "measure",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="compiled_items",
                                to="plan.measure",
                                verbose_name="所成举措",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "编译条目",
                        "verbose_name_plural": "编译条目",
                        "ordering": ["document", "position"],
                    },
                ),
                migrations.CreateModel(
                    name="ProgressReport",
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
                            "measure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="plan.measure",
                                verbose_name="举措",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="progress_reports",
                                to="registry.organisation",
                                verbose_name="报告单位",
                            ),
                        ),
                        ("period_key", models.PositiveIntegerField(verbose_name="时期")),
                        ("text", models.TextField(max_length=4000, verbose_name="进展")),
                        (
                            "percentage",
                            models.PositiveSmallIntegerField(
                                help_text="0—100，%",
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="完成进度",
                            ),
                        ),
                        (
                            "difficulty",
                            models.TextField(blank=True, max_length=2000, verbose_name="问题与需要协调的事项"),
                        ),
                        (
                            "reported_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="填报人",
                            ),
                        ),
                        ("reported_at", models.DateTimeField(auto_now_add=True, verbose_name="填报时间")),
                    ],
                    options={
                        "verbose_name": "进展报告",
                        "verbose_name_plural": "进展报告",
                        "ordering": ["-reported_at", "-id"],
                        "indexes": [
                            models.Index(
                                fields=["measure", "unit", "period_key"], name="plan_progre_measure_ed1c4b_idx"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
