"""A user holds posts: role, area and organisation of each user become his first one, held since the account
was made.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def first_posts(apps, schema_editor):
    users = apps.get_model("registry", "User").objects.exclude(role="").order_by("pk")
    post = apps.get_model("registry", "Post")
    post.objects.bulk_create(
        [
            post(
                user=user,
                role=user.role,
                # who speaks for an enterprise stands where it lies
                area_id=None if user.role == "enterprise" and user.organisation_id else user.area_id,
                organisation_id=user.organisation_id,
                valid_from=timezone.localdate(user.date_joined),
            )
            for user in users.iterator(chunk_size=1000)
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_audit_entry_area"),
    ]

    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
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
                        verbose_name="角色",
                    ),
                ),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="起始日期")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="最后一天；空表示仍有效", null=True, verbose_name="终止日期"
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="registry.area",
                        verbose_name="管辖区域",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="registry.organisation",
                        verbose_name="所属单位",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
                "verbose_name_plural": "岗位",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["role", "area"], name="post_by_desk")],
            },
        ),
        migrations.RunPython(first_posts, migrations.RunPython.noop),
        migrations.AlterModelManagers(
            name="user",
            managers=[],
        ),
        migrations.RemoveField(
            model_name="user",
            name="area",
        ),
        migrations.RemoveField(
            model_name="user",
            name="organisation",
        ),
        migrations.RemoveField(
            model_name="user",
            name="role",
        ),
    ]
