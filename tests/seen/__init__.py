"""What is seen of the platform: logs, reports of errors, metrics, traces."""
