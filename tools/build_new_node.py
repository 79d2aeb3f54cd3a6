"""Write ``0001_new_node`` of every part anew: all tables of a part at once, in place of its steps (before a release).

    python tools/build_new_node.py [--into FOLDER] [--anew] [PART ...]

A node that has made the steps goes on with them (Django's ``replaces``). What a step does beside making tables
stands in :data:`BESIDE`; a test compares the tables of a new node with those of an upgraded one. With ``--into``
the files go to FOLDER instead of the parts, to be looked at. A file that stands is left as it is: a node made with it
would refuse to migrate, because parts that build upon it were there before the steps that it would then stand for;
``--anew`` writes it all the same, for a release that nodes in between need not reach. PARTs are labels of the parts that get one (default:
all with more than one step; parts whose steps refer to one another in a circle keep their steps).
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = "0001_new_node"
TELLS = '"""All tables of the part for a new node, in place of the steps by which they came about."""\n\n'
#: of Django's own parts, which have their own first migrations
FIRST = {"auth": "0012_alter_user_first_name_max_length", "contenttypes": "0002_remove_content_type_name"}
#: by part: what stands before the class, and the operations after the tables
BESIDE = {
    "registry": (
        """# indexes for lists as of a day, as ``0002_history_indexes`` tells, and the row of the node itself
VERSIONS = ("area", "organisation", "parcel", "project", "recognition")


def enter(apps, schema_editor):
    apps.get_model("registry", "Node").objects.create(id=1)


""",
        """        *(
            migrations.RunSQL(
                f"CREATE INDEX registry_version_{name} ON registry_historical{name} (id, history_date DESC, history_id DESC)",
                f"DROP INDEX registry_version_{name}",
            )
            for name in VERSIONS
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
""",
    ),
}


def made(model: Any) -> Any:
    """The operation that makes a model as it stands in the state."""
    from django.db.migrations.operations import CreateModel

    empty = ("indexes", "constraints", "base_manager_name", "default_related_name")
    options = {key: value for key, value in model.options.items() if key != "apps" and not (key in empty and not value)}
    return CreateModel(model.name, list(model.fields.items()), options, model.bases, model.managers)


def needed(models: list[Any], label: str) -> list[tuple[str, str]]:
    """The first migrations of the parts to which the models of this one refer."""
    others = set()
    for model in models:
        for field in model.fields.values():
            if field.is_relation:
                for target in filter(None, (field.remote_field.model, getattr(field.remote_field, "through", None))):
                    name = target if isinstance(target, str) else target._meta.label_lower
                    others.add(name.split(".")[0].lower() if "." in name else label)
    return [(other, FIRST.get(other, NAME)) for other in sorted(others - {label})]


def written(label: str, models: list[Any], steps: list[str]) -> str:
    from django.db.migrations import Migration
    from django.db.migrations.writer import MigrationWriter

    from qiangqu.base.many_models import CreateModels

    told = {
        "initial": True,
        "replaces": [(label, step) for step in steps],
        "dependencies": needed(models, label),
        "operations": [CreateModels([made(model) for model in models])],
    }
    migration = type("Migration", (Migration,), told)(NAME, label)
    text = MigrationWriter(migration, include_header=False).as_string().rstrip() + "\n"
    before, after = BESIDE.get(label, ("", ""))
    text = text.replace("class Migration(", f"{before}class Migration(", 1)
    return TELLS + text.removesuffix("    ]\n") + after + "    ]\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=None)
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("parts", nargs="*", metavar="PART")
    asked = parser.parse_args()
    into = asked.into
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
    import django

    django.setup()
    from django.apps import apps
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    translation.deactivate_all()
    state = ProjectState.from_apps(apps)
    for config in apps.get_app_configs():
        folder = Path(config.path) / "migrations"
        steps = sorted(file.stem for file in folder.glob("0*.py") if file.stem != NAME)
        if config.name.split(".")[0] not in ("qiangqu", "qiangqu_demo"):
            continue
        if config.label not in asked.parts if asked.parts else len(steps) < 2:
            continue
        models = [model.clone() for (label, _name), model in state.models.items() if label == config.label]
        file = (into / f"{config.label}.py") if into else folder / f"{NAME}.py"
        if file.exists() and not into and not asked.anew:
            print(f"{file}: left as it is")
            continue
        file.write_text(written(config.label, models, steps), encoding="utf-8")
        print(f"{file}: {len(models)} models in place of {len(steps)} steps")


if __name__ == "__main__":
    main()
