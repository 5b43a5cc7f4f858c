"""What the case types of this room call: guards, effects, panels."""

from quanyu.bureaus.enterprises.hooks import firm_plans, requests

__all__ = ["firm_plans", "requests"]
