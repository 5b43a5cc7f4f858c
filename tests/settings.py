"""The real settings in a data folder of their own, without anybody's `.env`, with quick passwords and plain names."""

import os
import tempfile

os.environ.setdefault("QUANYU_HOME", tempfile.mkdtemp(prefix="quanyu-tests-"))
os.environ["QUANYU_ENV_FILE"] = os.devnull

from quanyu.config.settings import *  # noqa: F403  # the environment comes first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["*"]
