"""Addresses: the admin is the application; the rest is for machines and for people."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("contacts.urls")),
    path("", include("referrals.urls")),
    path("", include("campaigns.urls")),
    path("", admin.site.urls),
]
