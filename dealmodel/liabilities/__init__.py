"""Tranches, coupons, schedules and fees: what is due, before any cash is known."""
