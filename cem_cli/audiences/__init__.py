"""Audiences: the one expression language of cem, and the segments defined in it.

Reads `field`, `profile`, `measure_*` and `customer`; writes `segment` and `segment_member`.
"""
