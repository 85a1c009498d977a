"""The settings of a site that knows its own name only, in requests and in handshakes."""

import os
from pathlib import Path
from urllib.parse import urlsplit

MODULES = Path(__file__).resolve().parent.parent / "node_modules"

SECRET_KEY = "for this test only"
ALLOWED_HOSTS = [urlsplit(os.environ["ORIGIN"]).hostname]
ROOT_URLCONF = "board.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "channels", "board"]
MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(os.environ["DATA"]) / "board.sqlite",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
# The name by which Turbo sends the token that is in a `<meta>` of the page.
CSRF_HEADER_NAME = "HTTP_X_CSRF_TOKEN"
STATIC_URL = "static/"
STATICFILES_DIRS = [
    ("turbo", MODULES / "@hotwired/turbo/dist"),
    ("htmx", MODULES / "htmx.org/dist"),
    ("htmx-ext", MODULES / "htmx-ext-ws/dist"),
]
WHITENOISE_USE_FINDERS = True
