"""Events become a chain, those already there included; afterwards the database itself refuses to change an event.

Written by hand because a chain cannot be a default: the columns come empty, every event is sealed in order of its id,
then they are made to hold. DELETE is refused on PostgreSQL only: on SQLite a test run empties its tables by DELETE, and
a deleted event is found by the chain anyway.
"""

from django.db import migrations, models

from quanyu.people.chain import GENESIS, seal

BATCH = 2000


def chain(apps, schema_editor):
    Event, ChainHead = apps.get_model("people", "Event"), apps.get_model("people", "ChainHead")
    number, digest, last = 0, GENESIS, 0
    while batch := list(Event.objects.filter(id__gt=last).order_by("id")[:BATCH]):
        for event in batch:
            number += 1
            event.number = number
            event.digest = digest = seal(digest, event)
        Event.objects.bulk_update(batch, ["number", "digest"], batch_size=200)
        last = batch[-1].id
    if number:
        ChainHead.objects.create(pk=1, number=number, digest=digest)


POSTGRES = [
    """CREATE FUNCTION people_event_stays() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'people_event is append-only'; END $$""",
    """CREATE TRIGGER people_event_stays BEFORE UPDATE OR DELETE ON people_event
       FOR EACH ROW EXECUTE FUNCTION people_event_stays()""",
]
SQLITE = [
    """CREATE TRIGGER people_event_stays BEFORE UPDATE ON people_event
       BEGIN SELECT RAISE(ABORT, 'people_event is append-only'); END"""
]


def guard(apps, schema_editor):
    for sentence in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(sentence)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION people_event_stays() CASCADE")
    else:
        schema_editor.execute("DROP TRIGGER people_event_stays")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField("event", "number", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("event", "digest", models.CharField(max_length=64, null=True)),
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AlterField("event", "number", models.PositiveBigIntegerField(unique=True)),
        migrations.AlterField("event", "digest", models.CharField(max_length=64)),
        migrations.RunPython(guard, unguard),
    ]
