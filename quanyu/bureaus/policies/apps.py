from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "quanyu.bureaus.policies"

    def ready(self) -> None:
        from quanyu.bureaus.policies import hooks

        assert hooks  # registered on import
