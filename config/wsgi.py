"""The site as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from config.safety import refuse_dangers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_dangers()
