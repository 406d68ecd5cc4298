"""Comparisons: one ladder of levels per kind of value."""
