from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "quanyu.bureaus.reporting"

    def ready(self) -> None:
        from quanyu.bureaus.reporting import hooks

        assert hooks  # registered on import
