"""Log-in through a 统一身份认证 (OpenID Connect): a small one runs beside the test and answers as a real one would."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from quanyu.people.models import User
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db
LOGIN, START = "/accounts/login/", "/accounts/oidc/oidc/login/"


class Identity(BaseHTTPRequestHandler):
    """Everybody it is asked about is `server.who`."""

    def do_GET(self):
        here = f"http://127.0.0.1:{self.server.server_port}"
        pages = {
            "/.well-known/openid-configuration": {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "userinfo_endpoint": f"{here}/me",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/me": {"sub": f"id-of-{self.server.who}", "preferred_username": self.server.who},
        }
        self.answer(pages[self.path])

    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert (sent["code"], sent["client_secret"]) == (["one-time"], ["s3cret"])
        assert len(sent["code_verifier"][0]) >= 43
        self.answer({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def identity(settings):
    with HTTPServer(("127.0.0.1", 0), Identity) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app = {
            "provider_id": "oidc",
            "name": "云上统一身份",
            "client_id": "quanyu",
            "secret": "s3cret",
            "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield server
        server.shutdown()


def come_back(client):
    """From the button on the log-in page to the way back from the identity server."""
    leave = urlsplit(client.post(START)["Location"])
    assert leave.path == "/authorize"
    state = parse_qs(leave.query)["state"][0]
    return client.get("/accounts/oidc/oidc/login/callback/", {"code": "one-time", "state": state})


def test_the_button_is_there_only_when_it_leads_somewhere(client, identity, settings):
    assert "用云上统一身份登录" in client.get(LOGIN).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert START not in client.get(LOGIN).content.decode()


def test_a_known_person_comes_in_and_keeps_the_account(client, identity):
    user = person("st_office")
    identity.who = "st_office"
    assert come_back(client)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    client.logout()
    User.objects.filter(pk=user.pk).update(username="renamed")  # the outside identity is what counts from now on
    come_back(client)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_unknown_person_is_turned_away_with_a_sentence(client, identity):
    person("st_office")
    identity.who = "nobody"
    answer = come_back(client)
    assert answer["Location"] == LOGIN
    assert "本系统没有您的账号" in client.get(LOGIN).content.decode()
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1


def test_a_forged_way_back_opens_nothing(client, identity):
    person("st_office")
    identity.who = "st_office"
    client.get("/accounts/oidc/oidc/login/callback/", {"code": "one-time", "state": "guessed"})
    assert "_auth_user_id" not in client.session


def test_the_password_still_serves_when_the_identity_server_is_away(client, settings, identity):
    person("st_office")
    identity.shutdown()
    assert client.post(LOGIN, {"login": "st_office", "password": PASSWORD}).status_code == 302
