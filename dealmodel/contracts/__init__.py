"""Customers and their contracts: take-or-pay, default, claim, re-letting."""
