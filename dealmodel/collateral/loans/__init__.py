"""Pools of receivables: what loans and leases pay each month, many replines and many speeds at a time, in NumPy."""
