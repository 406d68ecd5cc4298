"""One trusted profile per customer: which events are whose, which value survives, and where each value came from.

Reads `identity`, `record`, `identifier`, `event`, `device_login`, `customer`, `profile_override`; writes
`event_customer` (`attribute`), `profile`, `profile_lineage` (`survivorship`, `unify`), `profile_change` (`changes`),
`profile_override` (`overrides`), the keys `unified_*` of `meta`, and the profile columns of `field` (`catalogue`).
"""
