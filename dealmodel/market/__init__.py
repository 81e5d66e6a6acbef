"""Rate curves, the shared price drivers, scenarios."""
