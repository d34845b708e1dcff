"""Feeds random bytes to framing, decoding and a session, to find what they cannot bear."""
