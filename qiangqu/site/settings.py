"""Django settings. Everything that differs between installations is an environment variable ``QIANGQU_…``
(docs/operations/settings.md).
"""

import ipaddress
import os
import re
import secrets
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from qiangqu.base import part
from qiangqu.base.homes import home_folder, made_once, own_only
from qiangqu.site.parts import PARTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "qiangqu"
HOME = home_folder()
os.umask(0o077)  # what this node writes is its own user's alone
HOME.mkdir(parents=True, exist_ok=True)
own_only(HOME)
LAKE_DIR = HOME / "lake"


def _secret_key() -> str:
    """The key in the environment, or one made once and kept readable by the owner only."""
    given = os.environ.get("QIANGQU_SECRET_KEY")
    if given:
        return given
    return made_once(HOME / "secret_key", secrets.token_urlsafe(50))


SECRET_KEY = _secret_key()
# secrets in the database are encrypted with keys that lie outside it (qiangqu.base.crypto)
QIANGQU_FIELD_KEYS = os.environ.get("QIANGQU_FIELD_KEYS", "")
QIANGQU_FIELD_KEY_FILE = Path(os.environ.get("QIANGQU_FIELD_KEY_FILE") or HOME / "field_keys")
DEBUG = os.environ.get("QIANGQU_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("QIANGQU_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("QIANGQU_ORIGINS", "").split(",") if origin]
SECURE_COOKIES = os.environ.get("QIANGQU_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# whose word of who is behind them counts; with TLS in front and nothing said: a proxy on this machine
QIANGQU_TRUSTED_PROXIES = [
    ipaddress.ip_network(text.strip(), strict=False)
    for text in os.environ.get("QIANGQU_TRUSTED_PROXIES", "127.0.0.1,::1" if SECURE_COOKIES else "").split(",")
    if text.strip()
]
if SECURE_COOKIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # browsers come back by TLS only for so long (seconds); told over TLS only
    SECURE_HSTS_SECONDS = int(os.environ.get("QIANGQU_HSTS_SECONDS", str(365 * 24 * 3600)))
SESSION_ENGINE = "qiangqu.registry.sessions"
QIANGQU_SESSION_IDLE_MINUTES = int(os.environ.get("QIANGQU_SESSION_IDLE_MINUTES", "120"))
QIANGQU_SESSION_HOURS = int(os.environ.get("QIANGQU_SESSION_HOURS", "168"))
SESSION_COOKIE_AGE = QIANGQU_SESSION_HOURS * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

QIANGQU_PARTS = PARTS
_parts = part.load(PARTS)
INSTALLED_APPS = [
    *QIANGQU_PARTS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_filters",
    "django_htmx",
    "simple_history",
]

MIDDLEWARE = [
    *part.middleware(_parts, "first"),
    "django.middleware.security.SecurityMiddleware",
    *part.middleware(_parts, "safe"),
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    *part.middleware(_parts, "user"),
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    *part.middleware(_parts, "page"),
]

ROOT_URLCONF = "qiangqu.site.urls"
WSGI_APPLICATION = "qiangqu.site.wsgi.application"
AUTH_USER_MODEL = "registry.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["qiangqu.ui.templatetags.once", "qiangqu.ui.templatetags.marks"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                *(part.django_name(one.package, text) for one in _parts for text in one.context),
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("QIANGQU_DATABASE_URL", f"sqlite:///{HOME / 'qiangqu.sqlite3'}"), conn_max_age=600
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # synchronous=FULL: what is acknowledged is on disk, also in WAL mode
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;",
    }

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a missing one; files are served by the finders
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME / "media"

# what a signed-in user may send at once (ten attachments of 10 MB, or a file of facts); strangers:
# qiangqu.site.front
QIANGQU_MAX_REQUEST_BYTES = int(os.environ.get("QIANGQU_MAX_REQUEST_MB", "128")) * 1024 * 1024
# asked about every upload before it is read (qiangqu.ui.uploads.scanning); empty: nothing is scanned
QIANGQU_VIRUS_SCANNER = os.environ.get("QIANGQU_VIRUS_SCANNER", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # a 10 MB document and the form around it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# mail goes out by SMTP when a server is named
EMAIL_HOST = os.environ.get("QIANGQU_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("QIANGQU_SMTP_PORT", "465"))
EMAIL_HOST_USER = os.environ.get("QIANGQU_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("QIANGQU_SMTP_PASSWORD", "")
EMAIL_USE_SSL = os.environ.get("QIANGQU_SMTP_SECURITY", "ssl") == "ssl"
EMAIL_USE_TLS = os.environ.get("QIANGQU_SMTP_SECURITY", "ssl") == "starttls"
DEFAULT_FROM_EMAIL = os.environ.get("QIANGQU_SMTP_FROM", "") or EMAIL_HOST_USER or "qiangqu@localhost"
# further hosts of message robots besides those of WeCom and DingTalk
ROBOT_HOSTS = tuple(host for host in os.environ.get("QIANGQU_ROBOT_HOSTS", "").split(",") if host)
# this node's code, when it is not to be made of its area's (qiangqu node name)
QIANGQU_NODE = os.environ.get("QIANGQU_NODE", "").strip()
if QIANGQU_NODE and not re.fullmatch("[A-Z0-9]{1,8}", QIANGQU_NODE):
    raise ImproperlyConfigured(f"QIANGQU_NODE={QIANGQU_NODE}：节点代码只能由 1—8 个大写字母和数字组成")
# the address under which people reach the site: links in mails begin with it
QIANGQU_BASE_URL = os.environ.get("QIANGQU_BASE_URL", "").rstrip("/")
# where `qiangqu doctor` looks for backups, and for the gateway
QIANGQU_BACKUPS = os.environ.get("QIANGQU_BACKUPS", "")
QIANGQU_GATEWAY = os.environ.get("QIANGQU_GATEWAY", "127.0.0.1:21200")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"repeats": {"()": "qiangqu.base.logs.Repeats"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["repeats"]}},
    # libraries are heard from WARNING on: at INFO some write a line for each message of a device
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "qiangqu": {"level": "INFO"},
        # their defaults write by themselves, at INFO
        "django": {"level": "WARNING", "handlers": [], "propagate": True},
        "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
    },
}
