"""Finance: the tables of this room."""

from quanyu.bureaus.finance.models.accounts import Account
from quanyu.bureaus.finance.models.budgets import Budget, Movement
from quanyu.bureaus.finance.models.claims import Claim, Entitlement, Objector, Publicity
from quanyu.bureaus.finance.models.payments import Answer, Batch, Payment, Recovery
from quanyu.bureaus.finance.models.vouchers import Tie, Voucher

__all__ = [
    "Account", "Answer", "Batch", "Budget", "Claim", "Entitlement", "Movement", "Objector", "Payment", "Publicity",
    "Recovery", "Tie", "Voucher",
]  # fmt: skip
