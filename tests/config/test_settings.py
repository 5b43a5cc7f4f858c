"""The settings as a fresh process sees them."""

import os
import subprocess
import sys

import pytest

from quanyu.config.env import ROOT


def start(code: str, home, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("QUANYU_", "DATABASE_", "DJANGO_"))
    }
    given = {
        "QUANYU_HOME": str(home),
        "QUANYU_ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "quanyu.config.settings",
    }
    lines = f"import django; django.setup(); from django.conf import settings as s; {code}"
    return subprocess.run(
        [sys.executable, "-c", lines],
        env=clean | given | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_first_start_makes_its_own_home_and_key_and_runs_safely(tmp_path):
    done = start(
        "from django.core.management import call_command as c; c('check', deploy=True, fail_level='ERROR');"
        "firsts = [s.PASSWORD_HASHERS[0], s.AUTHENTICATION_BACKENDS[0]];"
        "print(s.DEBUG, len(s.SECRET_KEY) > 50, *[path.split('.')[-1] for path in firsts])",
        tmp_path / "new",
    )
    assert done.stdout.split()[-4:] == ["False", "True", "Argon2PasswordHasher", "AxesStandaloneBackend"], done.stderr
    assert (tmp_path / "new" / "secret_key").exists()


def test_under_https_every_deployment_check_passes(tmp_path):
    done = start(
        "from django.core.management import call_command as c; c('check', deploy=True, fail_level='WARNING');"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS[0])",
        tmp_path,
        QUANYU_BASE_URL="https://st.example.cn/",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-4:] == ["True", "True", "True", "st.example.cn"]


def test_sqlite_is_opened_so_that_nothing_written_is_lost(tmp_path):
    done = start(
        "from django.db import connection as d; c = d.cursor();"
        "names = ('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout');"
        "print(*[c.execute(f'PRAGMA {name}').fetchone()[0] for name in names])",
        tmp_path,
    )
    assert done.stdout.split() == ["wal", "2", "1", "20000"], done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"QUANYU_OIDC_SERVER": "https://id.example.cn"}, "请设 QUANYU_OFFLINE=0"),
        ({"QUANYU_BASE_URL": "st.example.cn"}, "QUANYU_BASE_URL 应是"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL 读不懂"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence(environment, sentence, tmp_path):
    done = start("", tmp_path, **environment)
    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()[-1]


def test_the_identity_server_may_receive_the_form_that_leads_to_it(tmp_path):
    done = start(
        "print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][-1],"
        "s.SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS'][0]['client_id'])",
        tmp_path,
        QUANYU_OFFLINE="0",
        QUANYU_OIDC_SERVER="https://id.example.cn/realm/",
        QUANYU_OIDC_CLIENT_ID="quanyu",
    )
    assert done.stdout.split() == ["https://id.example.cn", "quanyu"], done.stderr
