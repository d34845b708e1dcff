"""FIX sessions: bytes, messages and sequence numbers. No orders, no SQL, no files."""
