"""What the case types of this room call: guards, effects, panels."""

from quanyu.bureaus.finance.hooks import claims, vouchers

__all__ = ["claims", "vouchers"]
