"""ASGI: sockets, and in the embedded set-up the pages too."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fo_platform.settings.embedded")
_pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 -- after the apps are loaded
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

import celery_app  # noqa: E402, F401 -- views send tasks
from apps.accounts.middleware import DeskSocketMiddleware  # noqa: E402
from apps.web.consumers import LiveConsumer  # noqa: E402
from fo_platform.warm import warm_in_background  # noqa: E402

_sockets = URLRouter([path("ws/live/", LiveConsumer.as_asgi())])
application = ProtocolTypeRouter(
    {
        "http": _pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(DeskSocketMiddleware(_sockets))),
    },
)

warm_in_background()
