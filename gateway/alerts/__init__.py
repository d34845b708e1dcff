"""Alerts: alarms that go to people by webhook, e-mail or FIX, besides log and list.

An alarm is journalled first; then it is offered to each sink of `[[alerts]]`. Nothing here is on an
order's way: what leaves the machine does so in a thread for each sink.
"""
