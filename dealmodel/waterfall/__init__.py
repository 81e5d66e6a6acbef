"""Accounts and the ledger, steps, tests, states: who is paid, in which order."""
