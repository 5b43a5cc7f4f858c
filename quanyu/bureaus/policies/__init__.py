"""Policies as they decide: who may have what, what a change would do, whether they reach those they are for."""
