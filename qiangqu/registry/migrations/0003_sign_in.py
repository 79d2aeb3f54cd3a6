import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_history_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="loginfailure",
            name="device",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="loginfailure",
            name="network",
            field=models.CharField(db_index=True, default="", max_length=45),
        ),
        migrations.AddField(
            model_name="loginfailure",
            name="purpose",
            field=models.CharField(default="sign-in", max_length=12),
        ),
        migrations.AddField(
            model_name="user",
            name="epoch",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="loginfailure",
            name="username",
            field=models.CharField(blank=True, db_index=True, max_length=150),
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=40, unique=True)),
                ("address", models.CharField(max_length=45, verbose_name="地址")),
                ("agent", models.CharField(blank=True, max_length=200, verbose_name="浏览器")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="登录时间")),
                ("last_at", models.DateTimeField(verbose_name="最近使用")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "登录会话",
                "verbose_name_plural": "登录会话",
                "ordering": ["-last_at"],
            },
        ),
        migrations.CreateModel(
            name="KnownPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(max_length=64)),
                ("last_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_places",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "登录地点",
                "verbose_name_plural": "登录地点",
                "constraints": [models.UniqueConstraint(fields=("user", "value"), name="known_place_once")],
            },
        ),
    ]
