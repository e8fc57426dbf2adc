"""The smallest site that speaks. What differs between machines comes from the environment."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The Chanter server, and a key of it (its API_KEYS). The key stays here: nothing that a browser gets may have it.
CHANTER_SERVER = os.environ.get("CHANTER_SERVER", "http://127.0.0.1:8080/")
CHANTER_KEY = os.environ.get("CHANTER_KEY", "")

DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY") or ("only for trying it out" if DEBUG else "")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
# A text to speak; a longer one the server would refuse.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

ROOT_URLCONF = "speaking.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "speaking"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.clickjacking.XFrameOptionsMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT")
# The client library comes from the page's own origin, for browsers start no worker of another. Copy the folder into a
# project of your own.
STATICFILES_DIRS = [("chanter", HERE.parents[2] / "www/app/lib")]
