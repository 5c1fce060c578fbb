"""Public addresses of the app."""

from django.urls import path

from referrals.views.conversions import take_conversions
from referrals.views.link import follow_link
from referrals.views.look import show_logo, show_theme
from referrals.views.share import answer, share_page, tell_share

urlpatterns = [
    path("r/<str:code>", follow_link, name="referrals_link"),
    path("a/<str:token>", share_page, name="referrals_share_page"),
    path("a/<str:token>/shared", tell_share, name="referrals_tell_share"),
    path("a/<str:token>/answer", answer, name="referrals_answer"),
    path(
        "look/<str:color>-<str:scheme>-<str:version>.css",
        show_theme,
        name="referrals_theme",
    ),
    path("look/<str:digest>.png", show_logo, name="referrals_logo"),
    path("v1/conversions", take_conversions, name="referrals_conversions"),
]
