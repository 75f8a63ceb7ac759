"""What `make bench` runs: ratios of things measured in one run on one machine."""
