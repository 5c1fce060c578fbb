"""Public addresses of the app."""

from django.urls import path

from contacts.views.unsubscribe import UnsubscribePage

urlpatterns = [
    path("unsubscribe/<str:token>", UnsubscribePage.as_view(), name="unsubscribe"),
]
