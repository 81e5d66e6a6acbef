"""Errors, units, dates and calendars, and the registry of kinds."""
