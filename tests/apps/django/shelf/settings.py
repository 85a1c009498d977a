"""The settings of a site that knows one of its names, and believes its proxy about the other."""

import os
from pathlib import Path
from urllib.parse import urlsplit

DATA = Path(os.environ["DATA"])

SECRET_KEY = "for this test only"
ALLOWED_HOSTS = [urlsplit(os.environ[name]).hostname for name in ("ORIGIN", "PUBLIC")]
# Without `X-Forwarded-Host`, which the gate sends only if it is told to, `Host` counts.
USE_X_FORWARDED_HOST = True
ROOT_URLCONF = "shelf.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "shelf",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.request",
            ],
        },
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "shelf.sqlite"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILE_UPLOAD_TEMP_DIR = DATA
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
