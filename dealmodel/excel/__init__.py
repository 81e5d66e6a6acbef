"""Workbooks: the live model, its recalculation and its certificate."""
