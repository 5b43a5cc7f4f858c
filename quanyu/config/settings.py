"""Django's settings, all from `env.TABLE`: wiring only. `quanyu doctor` prints each value and where it comes from."""

import datetime as dt
import gc
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from quanyu.config.env import ROOT, Environment, database, secret_key
from quanyu.pagekit.page import LANGUAGE_COOKIE

ENV = Environment.here()
gc.set_threshold(50_000, 20, 20)  # a list of rows is many small objects: look for circles among them less often

QUANYU_HOME = (ROOT / ENV["QUANYU_HOME"]).resolve()
PACKAGES = (ROOT / ENV["QUANYU_PACKAGES"]).resolve()
STATIC_ROOT = QUANYU_HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

SECRET_KEY = ENV["QUANYU_SECRET_KEY"] or secret_key(QUANYU_HOME)
DEBUG = ENV.flag("QUANYU_DEBUG")
OFFLINE = ENV.flag("QUANYU_OFFLINE")
BASE_URL = ENV["QUANYU_BASE_URL"].rstrip("/")
ADDRESS = urlsplit(BASE_URL)
HTTPS = ADDRESS.scheme == "https"
if ADDRESS.scheme not in {"http", "https"} or not ADDRESS.hostname:
    raise ImproperlyConfigured(f"QUANYU_BASE_URL 应是 http:// 或 https:// 开头的网址，现在是“{BASE_URL}”。")
ALLOWED_HOSTS = [ADDRESS.hostname, *ENV.words("QUANYU_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

QUANYU_UPLOAD_TYPES = [ending.lower().lstrip(".") for ending in ENV.words("QUANYU_UPLOAD_TYPES")]
QUANYU_UPLOAD_MB = int(ENV["QUANYU_UPLOAD_MB"]) if ENV["QUANYU_UPLOAD_MB"].isdecimal() else 0
if not QUANYU_UPLOAD_MB:
    raise ImproperlyConfigured(f"QUANYU_UPLOAD_MB 应是正整数，现在是“{ENV['QUANYU_UPLOAD_MB']}”。")
QUANYU_ANTIVIRUS = ENV["QUANYU_ANTIVIRUS"]

QUANYU_SITE_NAME = ENV["QUANYU_SITE_NAME"]
QUANYU_SITE_SUBTITLE = ENV["QUANYU_SITE_SUBTITLE"]
QUANYU_SITE_LOGO = ENV["QUANYU_SITE_LOGO"]
QUANYU_SITE_HOST = ENV["QUANYU_SITE_HOST"]
QUANYU_SITE_UNDERTAKER = ENV["QUANYU_SITE_UNDERTAKER"]
QUANYU_SITE_PHONE = ENV["QUANYU_SITE_PHONE"]
QUANYU_SITE_CODE = ENV["QUANYU_SITE_CODE"]
QUANYU_SITE_ICP = ENV["QUANYU_SITE_ICP"]
QUANYU_SITE_GA = ENV["QUANYU_SITE_GA"]
QUANYU_SITE_FAULTS_URL = ENV["QUANYU_SITE_FAULTS_URL"]

INSTALLED_APPS = [
    "quanyu.web", "quanyu.decisions", "quanyu.bureaus.reporting",
    "quanyu.bureaus.enterprises", "quanyu.bureaus.policies", "quanyu.bureaus.finance",
    "quanyu.facts", "quanyu.casework", "quanyu.plan",
    "quanyu.people", "quanyu.pagekit",
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes", "allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "quanyu.config.middleware.one_plan",
    "quanyu.config.middleware.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "quanyu.config.middleware.idle_clock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "quanyu.web.frame.Refusals",
]
ROOT_URLCONF = "quanyu.config.urls"
WSGI_APPLICATION = "quanyu.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quanyu.pagekit.page.frame",
                "quanyu.web.frame.frame",
            ]
        },
    }
]
DATABASES = {"default": database(ENV["DATABASE_URL"], QUANYU_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language: Chinese, English by the switch
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = LANGUAGE_COOKIE
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [Path(ROOT, "quanyu", "locale")]
TIME_ZONE = ENV["QUANYU_TZ"]
USE_TZ = True

# Files that never change between releases carry their digest in the name
STATIC_URL = "/static/"
_PLAIN, _SEALED = "django.contrib.staticfiles.storage.", "whitenoise.storage.CompressedManifest"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": (_PLAIN if DEBUG else _SEALED) + "StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Log-in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it turns the locked-out away
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "quanyu.people.adapters.ClosedDoor"
SOCIALACCOUNT_ADAPTER = "quanyu.people.adapters.KnownPeopleOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/5m/key"}  # passwords: axes below is stricter; this guards TOTP codes
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: phones' clocks differ
MFA_TOTP_ISSUER = QUANYU_SITE_NAME
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

OIDC_SERVER = ENV["QUANYU_OIDC_SERVER"].rstrip("/")
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if OIDC_SERVER:
    if OFFLINE:
        raise ImproperlyConfigured("已设 QUANYU_OIDC_SERVER，但 QUANYU_OFFLINE=1 不许对外联网；请设 QUANYU_OFFLINE=0。")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": ENV["QUANYU_OIDC_NAME"],
                "client_id": ENV["QUANYU_OIDC_CLIENT_ID"],
                "secret": ENV["QUANYU_OIDC_CLIENT_SECRET"],
                "settings": {"server_url": OIDC_SERVER},
            }
        ],
    }

# Notices travel by the channels that have an address (`url`), by none while offline; channel → what its sender needs
CHANNELS = {
    channel: {name.removeprefix(start).lower(): ENV[name] for name in ENV.names(start)}
    for channel, start in (
        ("mail", "QUANYU_SMTP_"), ("sms", "QUANYU_SMS_"), ("ding", "QUANYU_DING_"), ("wecom", "QUANYU_WECOM_"),
        ("webhook", "QUANYU_WEBHOOK_"),
    )
}  # fmt: skip
for channel, need in (("mail", "from"), ("webhook", "secret")):
    if CHANNELS[channel]["url"] and not CHANNELS[channel][need]:
        raise ImproperlyConfigured(f"通知渠道“{channel}”给了地址，还须给出发件人（mail）或签名密钥（webhook）。")

# Sessions and headers
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a form of 500 lines is one page
SESSION_COOKIE_AGE = 8 * 3600  # seconds without a request; `idle_clock` moves it on
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_OIDC_DOOR = [f"{urlsplit(OIDC_SERVER).scheme}://{urlsplit(OIDC_SERVER).netloc}"] if OIDC_SERVER else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *_OIDC_DOOR],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the proxy in front redirects to https
    "security.W005",  # neighbouring sub-domains are not ours to bind
    "security.W021",  # nor is the browsers' preload list
]
