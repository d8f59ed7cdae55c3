"""What daskflow costs, measured beside NumPy: `python -m benchmarks`."""
