"""The ways out: e-mail, text message, group robots, other systems. The only place that speaks to a network by itself.

What is configured stands in `settings.CHANNELS`; offline nothing is. A sender returns what the other side answered or
raises `NotSent`; neither ever holds an address, a key or a password.
"""

from __future__ import annotations

import base64
import hmac
import json
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote, urlencode, urlsplit

import requests
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

PATIENCE = 10
"""Seconds an answer is waited for."""
PERSONAL = ("mail", "sms")
PER_MINUTE: Mapping[str, int] = {"ding": 20, "wecom": 20}
"""How many messages a minute a robot takes; DingTalk silences one that sends more for ten minutes."""
SMS_LENGTH, SHORTEST = 70, 12
"""Characters of a text message, and how few of a line still tell something."""
LINES = 5
"""How many lines of a digest are told before “and so on”."""
JSON = "application/json"

Config = Mapping[str, str]


class NotSent(Exception):
    """The message did not get through; the text says why, without secrets."""


@dataclass(frozen=True)
class Message:
    """One digest. `facts`: (line, absolute link, subject, moment) of each notice; `link` leads to them all.

    `sms`: the approved text; `at`: seconds since 1970.
    """

    number: int
    topic: str
    label: str
    facts: tuple[tuple[str, str, str, str], ...]
    link: str
    sms: str
    at: int

    @property
    def title(self) -> str:
        return f"{self.label}（{len(self.facts)}项）" if len(self.facts) > 1 else self.label

    @property
    def text(self) -> str:
        more = [f"……共 {len(self.facts)} 项"] if len(self.facts) > LINES else []
        return "\n".join([*(line for line, *_rest in self.facts[:LINES]), *more])

    def short(self, sign: str) -> str:
        """The text message: its approved text within 70 characters, for which the first line is cut, then the link."""

        def worded(line: str, link: str) -> str:
            return f"【{sign}】" + self.sms.format(line=line, count=len(self.facts), link=link)

        line, link = self.facts[0][0], self.link
        if SMS_LENGTH - len(worded("", link)) < min(len(line), SHORTEST):
            link = ""
        room = SMS_LENGTH - len(worded("", link))
        return worded(line if len(line) <= room else f"{line[: room - 1]}…", link)


def configured() -> dict[str, Config]:
    """The channels that may be used now: those with an address, none while offline."""
    return {} if settings.OFFLINE else {name: c for name, c in settings.CHANNELS.items() if c["url"]}


def send(channel: str, message: Message, to: str) -> str:
    """Send a message over a channel to an address (e-mail or telephone; "" for a group) and return the answer."""
    try:
        return _SENDERS[channel](configured()[channel], message, to)
    except requests.RequestException as fault:
        raise NotSent(f"没有连上（{type(fault).__name__}）") from None
    except smtplib.SMTPResponseException as fault:
        raise NotSent(f"邮件服务器回复 {fault.smtp_code}") from None
    except (OSError, ValueError) as fault:
        raise NotSent(f"没有发出（{type(fault).__name__}）") from None


def _mail(config: Config, message: Message, to: str) -> str:
    server = urlsplit(config["url"])
    way = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host=server.hostname, port=server.port or 25,
        username=unquote(server.username or ""), password=unquote(server.password or ""), timeout=PATIENCE,
        use_tls=server.scheme == "smtp+starttls", use_ssl=server.scheme == "smtps",
    )  # fmt: skip
    subject = f"【{settings.QUANYU_SITE_NAME}】{message.title}"
    EmailMessage(subject, f"{message.text}\n\n{message.link}\n", config["from"], [to], connection=way).send()
    return "已交邮件服务器"


def _sms(config: Config, message: Message, to: str) -> str:
    body, plain = config["body"], config["body"].lstrip().startswith("{")
    for name, word in (("{phone}", to), ("{text}", message.short(config["sign"] or settings.QUANYU_SITE_NAME))):
        body = body.replace(name, json.dumps(word, ensure_ascii=False)[1:-1] if plain else quote_plus(word))
    headers = {"Content-Type": JSON if plain else "application/x-www-form-urlencoded"}
    if config["authorization"]:
        headers["Authorization"] = config["authorization"]
    return _post(config["url"], body, headers)[0]


def _ding(config: Config, message: Message, to: str) -> str:
    """DingTalk's 加签: the moment in milliseconds and its HMAC with the secret stand in the address."""
    url, moment, secret = config["url"], message.at * 1000, config["secret"]
    if secret:
        seal = base64.b64encode(hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), "sha256")).decode()
        url += ("&" if "?" in url else "?") + urlencode({"timestamp": moment, "sign": seal})
    return _robot({"url": url}, message, to)


def _robot(config: Config, message: Message, to: str) -> str:
    """DingTalk's and WeCom's robots take the same text message, of at most 2048 bytes, and answer with `errcode`."""
    text = f"{message.title}\n{message.text}".encode()[:1700].decode(errors="ignore")
    told = {"msgtype": "text", "text": {"content": f"{text}\n{message.link}"}}
    answer, body = _post(config["url"], json.dumps(told, ensure_ascii=False), {"Content-Type": JSON})
    code = body.get("errcode") if isinstance(body, dict) else None
    if code != 0:
        raise NotSent(f"机器人回复 errcode={code}" if code is not None else "机器人的回复读不懂")
    return answer


def _webhook(config: Config, message: Message, to: str) -> str:
    """Another system checks `X-Quanyu-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>`."""
    facts = [dict(zip(("line", "link", "subject", "at"), fact, strict=True)) for fact in message.facts]
    told = {"id": message.number, "event": message.topic, "count": len(facts), "notices": facts}
    body = json.dumps(told, ensure_ascii=False)
    seal = hmac.digest(config["secret"].encode(), f"{message.at}.{body}".encode(), "sha256").hex()
    headers = {"Content-Type": JSON, "X-Quanyu-Signature": f"t={message.at},v1={seal}"}
    return _post(config["url"], body, headers)[0]


def _post(url: str, body: str, headers: Mapping[str, str]) -> tuple[str, Any]:
    """(answer, body read as JSON or None); an answer other than 2xx, a redirect included, is `NotSent`."""
    told = requests.post(url, body.encode(), headers=headers, timeout=PATIENCE, allow_redirects=False)
    if not 200 <= told.status_code < 300:
        raise NotSent(f"对方回复 HTTP {told.status_code}")
    try:
        return f"HTTP {told.status_code}", told.json()
    except ValueError:
        return f"HTTP {told.status_code}", None


_SENDERS: Mapping[str, Callable[[Config, Message, str], str]] = {
    "mail": _mail, "sms": _sms, "ding": _ding, "wecom": _robot, "webhook": _webhook,
}  # fmt: skip
