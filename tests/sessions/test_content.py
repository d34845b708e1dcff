"""What messages may hold in every version: data with any byte, groups in groups, kept on resend."""

from random import Random

import pytest

from fix_specs import VERSIONS
from sessions.dictionary import DATA_TYPES, Dictionary, GroupDef, builtin, builtin_of
from sessions.groups import GroupEntry, read_group
from sessions.message import Message, Parser, encode
from sessions.replay import as_poss_dup
from sessions.validation import ValidationRules, Validator
from sessions.versions import APPL_VER_IDS
from tests.sessions.random_messages import RandomMessages

SESSIONS = [version for version in APPL_VER_IDS if version != "FIX.Latest"]
RULES = ValidationRules()


def dictionary_of(version: str) -> Dictionary:
    return builtin_of(version if version.startswith("FIX.4") else "FIXT.1.1", version)


def depth(group: GroupDef) -> int:
    return 1 + max((depth(inner) for inner in group.groups.values()), default=0)


def deepest(dictionary: Dictionary) -> tuple[str, str, int]:
    """MsgType(35), count tag and depth of the deepest group of a version."""
    found = [
        (depth(group), msg_type, count)
        for msg_type in sorted(dictionary.messages)
        for count, group in dictionary.messages[msg_type].groups.items()
    ]
    levels, msg_type, count = max(found)
    return msg_type, count, levels


def entry(group: GroupDef, dictionary: Dictionary, random: Random) -> list[str]:
    """A group with two entries, each with every nested group, as "tag=value" in wire order."""
    values = RandomMessages(dictionary, random)
    pairs = [f"{group.count_tag}=2"]
    for _ in range(2):
        for tag in group.members:
            if tag in group.groups:
                pairs += entry(group.groups[tag], dictionary, random)
            elif tag == group.delimiter or tag in group.required:
                pairs.append(f"{tag}={values.value(dictionary.fields[tag])}")
    return pairs


def flat(entries: list[GroupEntry], group: GroupDef) -> list[str]:
    """Entries back to "tag=value" in the dictionary's order."""
    pairs = [f"{group.count_tag}={len(entries)}"]
    for one in entries:
        for tag in group.members:
            value = one.get(tag)
            if isinstance(value, list):
                pairs += flat(value, group.groups[tag])
            elif value is not None:
                pairs.append(f"{tag}={value}")
    return pairs


@pytest.mark.parametrize("version", SESSIONS)
def test_the_deepest_group_of_a_version_is_read_whole_and_resent_as_it_was(version: str) -> None:
    dictionary = dictionary_of(version)
    msg_type, count, levels = deepest(dictionary)
    if version not in ("FIX.4.0", "FIX.4.1", "FIX.4.2"):
        assert levels >= 3
    group = dictionary.messages[msg_type].groups[count]
    body = entry(group, dictionary, Random(version))
    fields = "".join(f"{pair}\x01" for pair in body)
    header = "49=A\x0156=B\x0134=7\x0152=20261120-10:00:00\x01"
    frame = encode(dictionary.begin_string, f"35={msg_type}\x01{header}{fields}")
    parser = Parser(dictionary.data_fields)
    message = parser.parse(frame)
    assert isinstance(message, Message)
    assert flat(read_group(message, group), group) == body
    again = parser.parse(as_poss_dup(frame, "20261120-11:00:00"))
    assert isinstance(again, Message)
    assert again.pairs[-1 - len(body) : -1] == body


def pairs_of(version: str) -> list[tuple[str, str]]:
    known = builtin(version)
    return [
        (length, data)
        for length, data in known.data_fields.items()
        if length in known.fields and data in known.fields and known.fields[data].type in DATA_TYPES
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_data_field_of_a_version_may_hold_any_byte(version: str) -> None:
    known = builtin(version)
    parser = Parser(known.data_fields)
    value = bytes(range(256)).decode("latin-1") + "\x0110=000\x01"
    pairs = pairs_of(version)
    assert {("95", "96"), ("93", "89")} <= set(pairs)
    for length, data in pairs:
        text = f"35=B\x01{length}={len(value)}\x01{data}={value}\x0158=end\x01"
        frame = encode(known.begin_string, text)
        for one in (frame, as_poss_dup(frame.replace(b"\x0158=end", b"\x0152=X\x0158=end"), "Y")):
            message = parser.parse(one)
            assert isinstance(message, Message), (length, data)
            assert message.fields[data] == value
            assert message.fields["58"] == "end"


@pytest.mark.parametrize("version", SESSIONS)
def test_messages_with_groups_and_data_are_good_again_when_they_are_resent(version: str) -> None:
    dictionary = dictionary_of(version)
    validator = Validator(dictionary, RULES)
    parser = Parser(dictionary.data_fields)
    for seed in range(40):
        random = Random(f"{version} {seed}")
        msg_type = random.choice([m for m in sorted(dictionary.messages) if m not in "012345A"])
        pairs = RandomMessages(dictionary, random).pairs(msg_type)
        pairs = [pair for pair in pairs if pair[0] not in ("43", "122")]
        frame = encode(dictionary.begin_string, "".join(f"{t}={v}\x01" for t, v in pairs))
        resent = parser.parse(as_poss_dup(frame, "20261120-11:00:00"))
        assert isinstance(resent, Message), (seed, frame)
        assert validator.check(resent) is None, (seed, resent)
        left = [pair.split("=", 1) for pair in resent.pairs[2:-1]]
        kept = [(tag, value) for tag, value in left if tag not in ("43", "122", "52")]
        assert kept == [pair for pair in pairs if pair[0] != "52"], seed
