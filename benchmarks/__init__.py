"""Ours against the alternatives, as ratios: `python -m benchmarks [--quick] [--only NAME]`."""
