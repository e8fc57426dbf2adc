"""For an ASGI server: under WSGI, Django would collect the whole speech before it sends any of it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speaking.settings")
application = get_asgi_application()
