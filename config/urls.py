"""Addresses: the admin is the application; the rest is for machines and for people."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config.views import demo_shop, health, mailbox

DEMO_PAGES = [
    path("mailbox/", mailbox.list_mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox.show_mail, name="mailbox_mail"),
    path("mailbox/<str:name>/html", mailbox.show_mail_html, name="mailbox_html"),
    path("mailbox/<str:name>/source", mailbox.show_mail_source, name="mailbox_source"),
    path("demo-shop/", demo_shop.show_shop, name="demo_shop"),
    path("demo-shop/welcome/", demo_shop.welcome, name="demo_shop_welcome"),
    path("demo-shop/order/", demo_shop.place_order, name="demo_shop_order"),
]

urlpatterns = [
    path("livez", health.show_life, name="livez"),
    path("readyz", health.show_readiness, name="readyz"),
    *(DEMO_PAGES if settings.DEMO else []),
    path("", include("contacts.urls")),
    path("", include("referrals.urls")),
    path("", include("campaigns.urls")),
    path("", admin.site.urls),
]
