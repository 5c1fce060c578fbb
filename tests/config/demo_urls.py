"""The addresses of the site while it is the demo."""

from config.urls import DEMO_PAGES
from config.urls import urlpatterns as of_each_site

urlpatterns = [*DEMO_PAGES, *of_each_site]
