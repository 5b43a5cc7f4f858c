from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "quanyu.bureaus.enterprises"

    def ready(self) -> None:
        from quanyu.bureaus.enterprises import hooks

        assert hooks  # registered on import
