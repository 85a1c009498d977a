import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "board.settings")
http = get_asgi_application()

from .consumers import NotesConsumer, WriteConsumer  # noqa: E402: models need the application

sockets = [path("notes/", NotesConsumer.as_asgi()), path("write/", WriteConsumer.as_asgi())]
application = ProtocolTypeRouter(
    {"http": http, "websocket": AllowedHostsOriginValidator(URLRouter(sockets))}
)
