"""Destinations: profiles and segments written to files, with consent at the door and a manifest that proves what went out.

Reads `field`, `profile`, `profile_lineage`, `measure_*`, `segment`, `segment_member`, `processable`, `contactable`,
`customer`; writes `delivery`.
"""
