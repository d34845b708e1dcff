"""Hashes of passwords."""

from __future__ import annotations

from argon2 import extract_parameters
from argon2.low_level import Type

from gateway.config.kinds import HASH_PATTERN
from gateway.passwords import NOBODY, hash_password, matches


def test_a_hash_is_of_its_password_alone() -> None:
    one, two = hash_password("s3cret"), hash_password("s3cret")
    assert one != two, "each has a salt of its own"
    assert "s3cret" not in one
    assert matches(one, "s3cret")
    assert not matches(one, "s3cre")
    assert not matches(one, "")


def test_what_is_no_hash_matches_nothing() -> None:
    assert not matches("s3cret", "s3cret")
    assert not matches("$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "")


def test_a_user_that_is_unknown_costs_as_much_as_one_that_is_known() -> None:
    assert extract_parameters(NOBODY) == extract_parameters(hash_password("s3cret"))
    assert extract_parameters(NOBODY).type is Type.ID
    assert HASH_PATTERN.fullmatch(NOBODY)
    assert HASH_PATTERN.fullmatch(hash_password("s3cret"))
