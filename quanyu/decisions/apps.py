from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "quanyu.decisions"
