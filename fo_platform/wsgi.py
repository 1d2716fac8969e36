"""WSGI: the pages in production (half the CPU per request of ASGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fo_platform.settings.production")
application = get_wsgi_application()

import celery_app  # noqa: E402, F401 -- views send tasks
from fo_platform.warm import warm_in_background  # noqa: E402

warm_in_background()
