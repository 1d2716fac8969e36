"""A desk may ask that who changed a draft does not approve it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [migrations.AddField("tenant", "four_eyes", models.BooleanField(default=False))]
