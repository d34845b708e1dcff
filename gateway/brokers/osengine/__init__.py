"""Brokers behind the terminal OsEngine: its robot FixgateBridge connects to us and speaks lines of
JSON, which docs/apis.md tells of.

`lines` is how a line is written, `mapping` what lines mean, `robot` one connection, `door` where
robots come in, `shell` the adapter.
"""
