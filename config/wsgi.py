"""The site as a WSGI application, with the tracking API and referral links in front of it."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from config.safety import refuse_dangers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_wsgi_application()
refuse_dangers()
# By name, for it needs the models, which are there only now.
application = import_string("contacts.tracking.dispatcher.Dispatcher")(
    django_application, rings=True
)
application = import_string("referrals.views.quick.QuickLinks")(application)
