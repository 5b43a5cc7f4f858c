"""Every setting an installation may make: one table, read by `settings`, shown by `doctor`, written as `.env.example`.

A value comes from the environment, else from the file `.env` in the project's root, else it is the default.
`QUANYU_ENV_FILE` names another file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT, FILE, DEFAULT = "环境", "文件", "默认"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the environment, what it is when nobody says, what it means, whether it is a secret."""

    name: str
    default: str
    meaning: str
    secret: bool = False


TABLE = (
    Setting("QUANYU_HOME", str(ROOT / "var"), "数据目录：数据库、快照、密钥都在这里，须可写、须备份"),
    Setting("QUANYU_PACKAGES", str(ROOT / "packages"), "规划定义（packages）所在目录"),
    Setting("QUANYU_SECRET_KEY", "", "签名密钥；不填则首次启动时生成，存入数据目录的 secret_key", secret=True),
    Setting("QUANYU_DEBUG", "0", "1 为开发调试：出错时显示细节，正式使用必须为 0"),
    Setting("QUANYU_BASE_URL", "http://127.0.0.1:8000", "用户访问的网址；以 https 开头时启用安全 Cookie 与 HSTS"),
    Setting("QUANYU_ALLOWED_HOSTS", "127.0.0.1,localhost", "除上面网址外还允许的主机名，逗号分隔"),
    Setting("DATABASE_URL", "", "PostgreSQL 连接 postgres://用户:口令@主机:5432/库；不填用数据目录里的 SQLite",
            secret=True),
    Setting("QUANYU_TZ", "Asia/Shanghai", "时区"),
    Setting("QUANYU_OFFLINE", "1", "1 为完全不对外联网；要用统一身份登录、对外发通知须设 0"),
    Setting("QUANYU_UPLOAD_TYPES", "pdf,ofd,doc,docx,xls,xlsx,pptx,wps,et,jpg,jpeg,png,txt,csv",
            "附件可用的文件类型，逗号分隔；只能从默认值里减"),
    Setting("QUANYU_UPLOAD_MB", "20", "一个附件最大多少 MB"),
    Setting("QUANYU_ANTIVIRUS", "",
            "防病毒命令，后面会接上文件路径，返回非零即拒收，如 clamdscan --no-summary；不填不查"),
    Setting("QUANYU_SITE_NAME", "全域", "系统名称，显示在页眉"),
    Setting("QUANYU_SITE_SUBTITLE", "", "副标题，显示在系统名称旁；不填用通用说法"),
    Setting("QUANYU_SITE_LOGO", "", "页眉标识图片的站内地址；不填用自带图案"),
    Setting("QUANYU_SITE_HOST", "", "主办单位，显示在页脚"),
    Setting("QUANYU_SITE_UNDERTAKER", "", "承办单位，显示在页脚"),
    Setting("QUANYU_SITE_PHONE", "", "联系电话，显示在页脚"),
    Setting("QUANYU_SITE_CODE", "", "政府网站标识码"),
    Setting("QUANYU_SITE_ICP", "", "ICP 备案号"),
    Setting("QUANYU_SITE_GA", "", "公安备案号"),
    Setting("QUANYU_SITE_FAULTS_URL", "", "“我为政府网站找错”的链接"),
    Setting("QUANYU_OIDC_NAME", "统一身份认证", "统一身份登录按钮上的字"),
    Setting("QUANYU_OIDC_SERVER", "", "统一身份认证（OpenID Connect）的地址；不填则只用本地口令"),
    Setting("QUANYU_OIDC_CLIENT_ID", "", "在统一身份认证登记的应用编号"),
    Setting("QUANYU_OIDC_CLIENT_SECRET", "", "在统一身份认证登记的应用密钥", secret=True),
    Setting("QUANYU_SMTP_URL", "", "邮件服务器，如 smtps://账号:口令@主机:465；另有 smtp、smtp+starttls", secret=True),
    Setting("QUANYU_SMTP_FROM", "", "发件人地址"),
    Setting("QUANYU_SMS_URL", "", "短信网关地址（HTTP POST）；不填则不发短信", secret=True),
    Setting("QUANYU_SMS_BODY", '{"phone": "{phone}", "text": "{text}"}',
            "短信请求体，{phone}、{text} 处填入号码和内容；以 { 开头按 JSON 发，否则按表单发", secret=True),
    Setting("QUANYU_SMS_AUTHORIZATION", "", "短信网关要求的 Authorization 请求头", secret=True),
    Setting("QUANYU_SMS_SIGN", "", "短信签名，即【】里的字；不填用系统名称"),
    Setting("QUANYU_DING_URL", "", "钉钉群机器人地址；不填则不发", secret=True),
    Setting("QUANYU_DING_SECRET", "", "钉钉群机器人的加签密钥", secret=True),
    Setting("QUANYU_WECOM_URL", "", "企业微信群机器人地址；不填则不发", secret=True),
    Setting("QUANYU_WEBHOOK_URL", "", "接收通知的其他系统地址；不填则不发", secret=True),
    Setting("QUANYU_WEBHOOK_SECRET", "", "给其他系统的通知签名用的密钥", secret=True),
)  # fmt: skip


def parse(text: str) -> dict[str, str]:
    """The settings of a `.env` text: `NAME=value` lines; `#` lines are comments; quotes around a value are dropped."""
    settings = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            raise ImproperlyConfigured(f".env 第 {number} 行读不懂，应写成 名称=值。")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        settings[name.strip()] = value
    return settings


class Environment:
    """The settings as they are: the table's values and where each comes from. A name outside the table is a bug."""

    def __init__(self, environment: Mapping[str, str], written: Mapping[str, str]) -> None:
        self._of = {setting.name: setting for setting in TABLE}
        self._environment, self._written = environment, written

    @classmethod
    def here(cls) -> Environment:
        path = Path(os.environ.get("QUANYU_ENV_FILE", ROOT / ".env"))
        return cls(os.environ, parse(path.read_text(encoding="utf-8")) if path.is_file() else {})

    def __getitem__(self, name: str) -> str:
        return self.source(name)[0]

    def source(self, name: str) -> tuple[str, str]:
        """(value, where it comes from). An empty value counts as not given."""
        setting = self._of[name]
        if value := self._environment.get(name, ""):
            return value, ENVIRONMENT
        if value := self._written.get(name, ""):
            return value, FILE
        return setting.default, DEFAULT

    def flag(self, name: str) -> bool:
        value = self[name].lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise ImproperlyConfigured(f"{name} 只能是 1 或 0，现在是“{self[name]}”。")

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self[name].split(",") if word.strip()]

    def names(self, start: str) -> list[str]:
        """The settings whose names begin so."""
        return [name for name in self._of if name.startswith(start)]

    def unknown(self) -> list[str]:
        """`QUANYU_` names that are set but mean nothing: most often a slip of the pen."""
        given = {name for name in [*self._environment, *self._written] if name.startswith("QUANYU_")}
        return sorted(given - set(self._of) - {"QUANYU_ENV_FILE"})

    def describe(self) -> list[tuple[str, str, str, str]]:
        """(name, value, source, meaning) of each setting in the table's order; the value of a secret is •••."""
        rows = []
        for setting in TABLE:
            value, source = self.source(setting.name)
            if setting.name == "QUANYU_SECRET_KEY" and not value:
                value, source = "•••", FILE  # the generated one
            rows.append((setting.name, "•••" if setting.secret and value else value, source, setting.meaning))
        return rows


def secret_key(home: Path) -> str:
    """The key that signs sessions: made once and kept in `secret_key`, readable by its owner alone."""
    path = home / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text(encoding="ascii").strip()
        if key:
            return key
        told = f"密钥文件 {path} 是空的，请删去它再启动，会重新生成（所有人须重新登录）。"
        raise ImproperlyConfigured(told) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


def database(url: str, home: Path) -> dict[str, object]:
    """Django's settings for one database: PostgreSQL from its address, else the SQLite file in the data directory.

    Address: `postgres://user:password@host:port/name?option=value`; a socket folder is given as `?host=/folder`.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "db.sqlite3",
            "TEST": {"NAME": home / "test.sqlite3"},
            "OPTIONS": {
                "timeout": 20,  # seconds a writer waits for its turn
                "transaction_mode": "IMMEDIATE",  # a reader that turns writer would fail at once instead of waiting
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    try:
        parts = urlsplit(url)
        name, port = unquote(parts.path.lstrip("/")), parts.port
    except ValueError:
        parts, name, port = None, "", None
    if parts is None or parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ImproperlyConfigured("DATABASE_URL 读不懂，应写成 postgres://用户:口令@主机:5432/库名。")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": name,
        "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")), "PORT": options.pop("port", str(port or "")),
        "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options,
    }  # fmt: skip


def example() -> str:
    """The text of `.env.example`: each setting with its meaning, commented out at its default."""
    lines = ["# 复制为 .env 后按需修改；去掉行首的 # 才生效。环境变量优先于本文件。"]
    for setting in TABLE:
        default = setting.default.replace(str(ROOT), ".")
        lines += ["", f"# {setting.meaning}", f"#{setting.name}={default}"]
    return "\n".join(lines) + "\n"
