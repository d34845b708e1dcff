"""How long the record is kept: what is put away, what is held, and what goes at its end.

Whole sealed segments of the journal are compressed into an archive, and removed when they are past
the policy. Each step is a fact in the journal before anything is removed.
"""
