from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "quanyu.bureaus.finance"

    def ready(self) -> None:
        from quanyu.bureaus.finance import hooks

        assert hooks  # registered on import
