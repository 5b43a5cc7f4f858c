from django.apps import AppConfig
from django.core.checks import register


class CaseworkConfig(AppConfig):
    name = "quanyu.casework"

    def ready(self) -> None:
        from quanyu.casework.hooks import listed_hooks

        register(listed_hooks)
