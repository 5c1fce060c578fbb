"""
Every setting of the site, read from the environment through ``config.env``.

The README lists each variable. Nothing here touches the network or starts anything.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static

from config.database.server import ROLE, EmbeddedPostgres
from config.env import (
    read_database,
    read_flag,
    read_integer,
    read_path,
    read_secret,
    read_text,
    read_url,
    read_words,
)
from config.mail_provider import anymail_settings, backend_of, webhook_of
from config.navigation import COMMANDS, SIDEBAR


def static_file(path: str) -> Callable[[object], str]:
    """Name a static file for the theme, which asks for its address with each page."""
    return lambda request: static(path)


LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = read_path("GREENLIGHT_VAR", BASE_DIR / "var")

DEBUG = read_flag("GREENLIGHT_DEBUG", default=False)
# `manage.py up` sets it: a mailbox that catches every mail, and a shop to refer to.
DEMO = read_flag("GREENLIGHT_DEMO", default=False)
# The site does not start with this default; see config.safety. A checkout that has been
# run by `up` has a key in a file.
SECRET_KEY = read_secret(
    "GREENLIGHT_SECRET_KEY", VAR_DIR / "secret_key", "insecure-for-development"
)
SECRET_KEY_FALLBACKS = read_words("GREENLIGHT_OLD_SECRET_KEYS")
# Keys the hashes of suppressed addresses; it must outlive the secret key.
SUPPRESSION_KEY = read_text("GREENLIGHT_SUPPRESSION_KEY", "suppression-" + SECRET_KEY)
# What links in mails begin with.
SITE_URL = read_url("GREENLIGHT_URL", "http://localhost:8000")
ALLOWED_HOSTS = read_words(
    "GREENLIGHT_HOSTS", (*LOCAL_HOSTS, urlsplit(SITE_URL).hostname or "")
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# How many proxies of ours stand in front; so many hops of X-Forwarded-For are believed.
TRUSTED_PROXIES = read_integer("GREENLIGHT_PROXIES", 0)

INSTALLED_APPS = [
    "config.apps.SiteConfig",
    "campaigns.apps.CampaignsConfig",
    "referrals.apps.ReferralsConfig",
    "audiences.apps.AudiencesConfig",
    "contacts.apps.ContactsConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "import_export",
    "django_htmx",
    "django_q",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SERVER = read_database("DATABASE_URL")
# Without an address, the server that comes with the packages; it starts when needed.
EMBEDDED_POSTGRES = None if SERVER else EmbeddedPostgres(VAR_DIR / "postgres")
DATABASES = {
    "default": {
        **(SERVER or {"ENGINE": "config.database", "NAME": ROLE}),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "public/locked_out.html"
# Its tables are for the operator, who has the log.
AXES_ENABLE_ADMIN = False

LANGUAGE_CODE = "en-us"
TIME_ZONE = read_text("GREENLIGHT_TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True
# Numbers for people go through the filter "number"; an id in a page stays as it is.
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_USE_FINDERS = DEBUG
# Uploads are streamed to disk; a CSV of a million rows never sits in memory.
UPLOAD_DIR = VAR_DIR / "uploads"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# What a request with events may have, unpacked. See contacts.tracking.
TRACKING_BODY_BYTES = (
    read_integer("GREENLIGHT_TRACKING_BODY_KB", 5_120, least=64) * 1024
)
# Requests that a write key may send each second to each web process; 0 for no limit.
TRACKING_REQUESTS_PER_SECOND = read_integer("GREENLIGHT_TRACKING_PER_SECOND", 1_000)
# How old what waits to be understood may get before clients are asked to come later.
TRACKING_INBOX_MINUTES = read_integer("GREENLIGHT_TRACKING_INBOX_MINUTES", 60, least=1)
# How many days the messages are kept as they came; what became of them is kept for good.
PAYLOAD_DAYS = read_integer("GREENLIGHT_PAYLOAD_DAYS", 90, least=1)

# Whether visits to referral links are kept in a file first. See referrals.visit_buffer.
BUFFER_VISITS = read_flag("GREENLIGHT_BUFFER_VISITS", default=False)

EMAIL_HOST = read_text("GREENLIGHT_SMTP_HOST", "localhost")
EMAIL_PORT = read_integer("GREENLIGHT_SMTP_PORT", 25)
EMAIL_HOST_USER = read_text("GREENLIGHT_SMTP_USER")
EMAIL_HOST_PASSWORD = read_text("GREENLIGHT_SMTP_PASSWORD")
EMAIL_USE_TLS = read_flag("GREENLIGHT_SMTP_TLS", default=False)
EMAIL_TIMEOUT = 60
# A provider's own interface instead of a mail server; it also tells what became of each mail.
EMAIL_PROVIDER = read_text("GREENLIGHT_EMAIL_PROVIDER").lower()
if EMAIL_PROVIDER:
    EMAIL_BACKEND = backend_of(EMAIL_PROVIDER)
    EMAIL_WEBHOOK = webhook_of(EMAIL_PROVIDER)
    ANYMAIL = anymail_settings(
        EMAIL_PROVIDER,
        api_key=read_text("GREENLIGHT_EMAIL_API_KEY"),
        webhook_secret=read_text("GREENLIGHT_EMAIL_WEBHOOK_SECRET"),
        signing_key=read_text("GREENLIGHT_EMAIL_SIGNING_KEY"),
        api_url=read_text("GREENLIGHT_EMAIL_API_URL"),
        domain=read_text("GREENLIGHT_EMAIL_DOMAIN"),
    )
DEFAULT_FROM_EMAIL = read_text("GREENLIGHT_FROM", "Greenlight <referrals@localhost>")
# How many messages all senders together may hand over each second; 0 for no limit.
MESSAGES_PER_SECOND = read_integer("GREENLIGHT_SEND_PER_SECOND", 0)
# The postal address that the law wants in the footer of every ask.
POSTAL_ADDRESS = read_text("GREENLIGHT_POSTAL_ADDRESS")

# Hosts to which requests may go without encryption, and inside our own network: for development.
OUTGOING_HOSTS = read_words("GREENLIGHT_OUTGOING_HOSTS")

MAILBOX_DIR = VAR_DIR / "mailbox"
# With it the demo's shop reports sign-ups and orders.
DEMO_KEY = read_text("GREENLIGHT_DEMO_KEY")

TASK_WORKERS = read_integer("GREENLIGHT_WORKERS", 4, least=1)
# The queue is a table, and only a doorbell: what is due is a row of ours. See
# contacts.background. The retry clock starts when a task is fetched, not when it runs.
Q_CLUSTER = {
    "name": "greenlight",
    "orm": "default",
    "workers": TASK_WORKERS,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 3,
    "ack_failures": False,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 0.1,
    "save_limit": -1,
    "catch_up": False,
    "scheduler": False,
    "recycle": 500,
    "guard_cycle": 0.5,
    "log_level": "WARNING",
    "label": "Background tasks",
}

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "add"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True

# The theme's Alpine needs eval and inline styles; inline scripts stay forbidden.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}
# Previews of mails are frames of our own pages; frame-ancestors above says the same.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
if SITE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Asked for by machines inside the network.
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = read_flag("GREENLIGHT_HSTS_PRELOAD", default=True)

UNFOLD = {
    "SITE_TITLE": "Greenlight",
    "SITE_HEADER": "Greenlight",
    "SITE_URL": None,
    "SITE_SYMBOL": "traffic",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": static_file("img/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "config.dashboard.add_numbers",
    "STYLES": [
        static_file(f"css/{name}.css")
        for name in (
            "tokens",
            "page",
            "lists",
            "components",
            "forms",
            "people",
            "builder",
            "condition-picker",
            "starters",
            "preview",
            "explain",
            "traits",
            "import",
        )
    ],
    "COMMAND": COMMANDS,
    "SIDEBAR": SIDEBAR,
    # Green, in the theme's OKLCH notation.
    "COLORS": {
        "primary": {
            "50": "oklch(98.2% .018 155.8)",
            "100": "oklch(96.2% .044 156.7)",
            "200": "oklch(92.5% .084 156)",
            "300": "oklch(87.1% .15 154.4)",
            "400": "oklch(79.2% .209 151.7)",
            "500": "oklch(72.3% .219 149.6)",
            "600": "oklch(55% .15 150)",
            "700": "oklch(48% .13 150.2)",
            "800": "oklch(44.8% .119 151.3)",
            "900": "oklch(39.3% .095 152.5)",
            "950": "oklch(26.6% .065 152.9)",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": read_text("GREENLIGHT_LOG_LEVEL", "INFO"),
    },
    # They tell of each task, each sign-in and each line of SMTP otherwise.
    "loggers": {
        "django-q": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
    },
}
