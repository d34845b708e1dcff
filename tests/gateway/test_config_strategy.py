"""`strategy_tag` of a client: which field names the strategy of its orders."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.clients import Client
from gateway.translate.inbound import OWNED_TAGS


def client(**more: Any) -> Client:
    needed = {"name": "ACME", "begin_string": "FIX.4.4", "accounts": ["A"]}
    return Client.model_validate(
        needed | {"sender_comp_id": "GATE", "target_comp_id": "ACME"} | more
    )


def test_it_is_a_tag_as_number_or_text_and_none_by_default() -> None:
    assert client().strategy_tag == ""
    assert client(strategy_tag=5001).strategy_tag == client(strategy_tag="5001").strategy_tag
    assert client(strategy_tag="").strategy_tag == ""


@pytest.mark.parametrize("tag", sorted(OWNED_TAGS.among, key=int))
def test_it_is_none_of_the_tags_that_the_gateway_owns(tag: str) -> None:
    with pytest.raises(ValidationError, match=f"{tag} is a tag that the gateway reads or writes"):
        client(strategy_tag=int(tag))


@pytest.mark.parametrize("tag", ["strategy", "05001", -1, True, 50.5, ["5001"]])
def test_it_is_one_tag(tag: object) -> None:
    with pytest.raises(ValidationError, match='must be a tag such as 5001, or ""'):
        client(strategy_tag=tag)
