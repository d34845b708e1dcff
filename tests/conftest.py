"""What tests of several folders share: fixtures, and how hypothesis runs."""

from hypothesis import settings

pytest_plugins = ["tests.postgres"]

settings.register_profile("no limit", deadline=None)  # a busy machine is no fault
settings.load_profile("no limit")
