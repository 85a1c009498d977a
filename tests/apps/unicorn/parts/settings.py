"""The settings of a site with one component, whose state the browser keeps."""

import os
from urllib.parse import urlsplit

SECRET_KEY = "for this test only"
ALLOWED_HOSTS = [urlsplit(os.environ[name]).hostname for name in ("ORIGIN", "PUBLIC")]
# Without `X-Forwarded-Host`, which the gate sends only if it is told to, `Host` counts.
USE_X_FORWARDED_HOST = True
ROOT_URLCONF = "parts.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "django_unicorn", "parts"]
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
STATIC_URL = "static/"
UNICORN = {"APPS": ["parts"]}
WHITENOISE_USE_FINDERS = True
