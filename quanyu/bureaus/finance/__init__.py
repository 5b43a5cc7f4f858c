"""Paying: claims from list to reconciled payment, budgets, innovation vouchers."""
