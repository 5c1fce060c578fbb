"""Public addresses of the app."""

from django.urls import path, re_path

from contacts.tracking.dispatcher import METRICS, ROUTES
from contacts.views.tracking import track
from contacts.views.unsubscribe import UnsubscribePage

ROUTE = "|".join([*ROUTES, METRICS]).replace("/v1/", "")

urlpatterns = [
    path("unsubscribe/<str:token>", UnsubscribePage.as_view(), name="unsubscribe"),
    re_path(rf"^v1/(?:{ROUTE})/?$", track, name="tracking"),
    re_path(r"^v1/(?:pixel|projects)/", track, name="tracking_show"),
    re_path(r"^analytics(?:\.js/v1|-next/bundles)/", track, name="tracking_script"),
]
