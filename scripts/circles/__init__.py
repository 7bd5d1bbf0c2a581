"""The parts of `scripts/check-circles`."""
