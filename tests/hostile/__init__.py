"""Requests made to hurt: what they cost everybody else."""
