"""Public addresses of the app."""

from django.urls import path, re_path

from campaigns.views.ask import AskPage, ask_seen
from campaigns.views.enroll import enroll_people
from campaigns.views.in_app import ActView, ReadyView, show_script
from campaigns.views.in_place import show_preview
from campaigns.views.incidents import take_incident
from campaigns.views.picture import show_picture
from campaigns.views.provider import provider_webhook
from campaigns.views.reports import take_reports

urlpatterns = [
    path("ask/<str:token>", AskPage.as_view(), name="campaigns_ask"),
    path("v1/incidents", take_incident, name="campaigns_take_incident"),
    path("ask/<str:token>/seen", ask_seen, name="campaigns_ask_seen"),
    re_path(
        r"^pictures/(?P<digest>[0-9a-f]{64})\.(?P<extension>png|jpg|gif)$",
        show_picture,
        name="campaigns_picture",
    ),
    path("webhooks/email", provider_webhook, name="campaigns_provider_webhook"),
    path(
        "v1/connections/<str:key>/reports", take_reports, name="campaigns_take_reports"
    ),
    path("widget.js", show_script, name="campaigns_widget"),
    # Under its first name; it is in pages that nobody changes any more.
    path("in-app.js", show_script, name="campaigns_in_app_script"),
    path("in-app/preview", show_preview, name="campaigns_in_app_preview"),
    path("in-app/<str:key>/ready", ReadyView.as_view(), name="campaigns_in_app_ready"),
    path(
        "in-app/<str:key>/<str:token>/<str:act>",
        ActView.as_view(),
        name="campaigns_in_app_act",
    ),
    path("v1/campaigns/<int:pk>/enroll", enroll_people, name="campaigns_enroll"),
]
