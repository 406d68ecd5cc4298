"""Blocking: which pairs of records are looked at."""
