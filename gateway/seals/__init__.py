"""Seals: small signed files that say where the journal's hash chain stood at a time.

Whoever has a seal and the public key it is signed by can tell that nothing before it was changed,
also if somebody made the whole chain anew. Knows journals by their heads, and no orders.
"""
