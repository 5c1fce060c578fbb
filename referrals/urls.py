"""Public addresses of the app."""

from django.urls import path

from referrals.views.conversions import take_conversions
from referrals.views.friend import choose_naming, friend_page
from referrals.views.friend import want_data as want_friend_data
from referrals.views.intro import accept, close, intro_page, undo
from referrals.views.intro_confirm import confirm_address
from referrals.views.introduce import begin, download, introduce_page, set_name
from referrals.views.landing import (
    disown,
    mail_offer,
    show_card,
    walk_into_trap,
)
from referrals.views.link import follow_link
from referrals.views.look import show_logo, show_theme
from referrals.views.own_link import download_qr, name_link, show_name
from referrals.views.portal import enter, own_data
from referrals.views.reward import reward_page, take_address, take_charity
from referrals.views.share import (
    answer,
    share_page,
    switch_channel,
    tell_share,
    want_data,
)

urlpatterns = [
    path("r/<str:code>", follow_link, name="referrals_link"),
    path("r/<str:code>/mail", mail_offer, name="referrals_mail_offer"),
    path("r/<str:code>/not-mine", disown, name="referrals_disown"),
    path(
        "card/<int:program>-<str:locale>-<str:version>.png",
        show_card,
        name="referrals_card",
    ),
    path("t/<str:token>", walk_into_trap, name="referrals_trap"),
    path("a/", enter, name="referrals_enter"),
    path("a/<str:token>", share_page, name="referrals_share_page"),
    path("a/<str:token>/link", name_link, name="referrals_name_link"),
    path("a/<str:token>/shown", show_name, name="referrals_show_name"),
    path("a/<str:token>/qr.<str:kind>", download_qr, name="referrals_own_qr"),
    path("a/<str:token>/shared", tell_share, name="referrals_tell_share"),
    path("a/<str:token>/answer", answer, name="referrals_answer"),
    path("a/<str:token>/channel", switch_channel, name="referrals_channel"),
    path("a/<str:token>/data", want_data, name="referrals_want_data"),
    path("f/<str:token>", friend_page, name="referrals_friend_page"),
    path("f/<str:token>/name", choose_naming, name="referrals_friend_naming"),
    path("f/<str:token>/data", want_friend_data, name="referrals_friend_data"),
    path("reward/<str:token>", reward_page, name="referrals_reward_page"),
    path("reward/<str:token>/address", take_address, name="referrals_reward_address"),
    path("reward/<str:token>/charity", take_charity, name="referrals_reward_charity"),
    path("my-data/<str:token>", own_data, name="referrals_data"),
    path(
        "look/<str:color>-<str:scheme>-<str:version>.css",
        show_theme,
        name="referrals_theme",
    ),
    path("look/<str:digest>.png", show_logo, name="referrals_logo"),
    path("a/<str:token>/introduce", introduce_page, name="referrals_introduce"),
    path("a/<str:token>/introduce/begin", begin, name="referrals_introduce_begin"),
    path("a/<str:token>/introduce/name", set_name, name="referrals_introduce_name"),
    path("a/<str:token>/introduce/file", download, name="referrals_introduce_file"),
    path("i/confirm/<str:token>", confirm_address, name="referrals_intro_confirm"),
    path("i/<str:token>", intro_page, name="referrals_intro"),
    path("i/<str:token>/accept", accept, name="referrals_intro_accept"),
    path("i/<str:token>/close", close, name="referrals_intro_close"),
    path("i/<str:token>/undo", undo, name="referrals_intro_undo"),
    path("v1/conversions", take_conversions, name="referrals_conversions"),
]
