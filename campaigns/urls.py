"""Public addresses of the app."""

from django.urls import path

from campaigns.views.ask import AskPage, ask_seen

urlpatterns = [
    path("ask/<str:token>", AskPage.as_view(), name="campaigns_ask"),
    path("ask/<str:token>/seen", ask_seen, name="campaigns_ask_seen"),
]
