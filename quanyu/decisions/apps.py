from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "quanyu.decisions"

    def ready(self) -> None:
        from quanyu.decisions import hooks

        assert hooks  # registered on import
