from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0012_isolate_passage")]

    operations = [
        migrations.AddField(model_name="documentpage", name="blocks", field=models.JSONField(null=True)),
        migrations.AddField(
            model_name="pagetext",
            name="aside",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
