"""The site's settings with what tests need otherwise."""

from config.database.server import EmbeddedPostgres
from config.settings import *  # noqa: F403
from config.settings import EMBEDDED_POSTGRES, VAR_DIR

SECRET_KEY = "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
SUPPRESSION_KEY = "another-key-for-tests-only"
SITE_URL = "http://testserver"
POSTAL_ADDRESS = "1 Main Street, Springfield"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Hashing slowly is tested by Django.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Files as they are; nothing to collect before a test.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]  # noqa: F405
# A connection that outlives its test would keep the database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
# Without DATABASE_URL, a server of their own that need not survive a crash.
if EMBEDDED_POSTGRES is not None:
    EMBEDDED_POSTGRES = EmbeddedPostgres(VAR_DIR / "test-postgres", is_durable=False)
