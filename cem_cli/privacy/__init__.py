"""Privacy guards the doors: who may be profiled, who may be contacted where and for what, and who must not come back.

Reads `consent`, `suppression`, `identity`, `identifier`, `record`, `profile`; writes `suppression`, `contactable`,
`processable`. Every output joins the last two; every import leaves out what `suppression` holds.
"""
