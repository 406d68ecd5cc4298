"""Clusters: which records are one person, out of the odds of pairs."""
