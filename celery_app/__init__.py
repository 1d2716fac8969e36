"""The Celery app: workers, queues, beat. Nothing imports it."""

import os

from celery import Celery

from celery_app.schedule import BEAT, TASK_QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fo_platform.settings.embedded")

app = Celery("fo_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue="default",
    task_routes={name: {"queue": queue} for name, queue in TASK_QUEUES.items()},
    beat_schedule=BEAT,
)
app.autodiscover_tasks()

from celery_app import signals  # noqa: E402, F401 -- connects the handlers
