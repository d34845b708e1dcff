"""Makes random messages that a dictionary allows, from a seeded source, to feed the codec."""

from random import Random

from sessions.dictionary import DATA_TYPES, Dictionary, FieldDef, GroupDef
from sessions.field_types import MULTIPLE_TYPES

_TEXT = "ABCxyz019 =|.,-+_/:éÿ"
_DECIMALS = ("0", "-1.5", "187.25", "002000.00", ".5", "5.", "123456789012345.678")
_SAMPLES = {
    "BOOLEAN": ("Y", "N"),
    "CHAR": ("A", "=", " ", "é"),
    "DATE": ("20261120", "20240229"),
    "DAYOFMONTH": ("1", "31", "07"),
    "INT": ("0", "-1", "007", "999999999999999999"),
    "LENGTH": ("0", "12", "0034"),
    "LOCALMKTTIME": ("00:00:00", "23:59:59"),
    "MONTHYEAR": ("202611", "20261120", "202611w5"),
    "MULTIPLECHARVALUE": ("A", "A B C"),
    "MULTIPLESTRINGVALUE": ("AA", "AA B"),
    "MULTIPLEVALUESTRING": ("AA", "AA B"),
    "NUMINGROUP": ("0", "3"),  # some versions name one without a group
    "SEQNUM": ("1", "0", "000012"),
    "TAGNUM": ("35", "5001"),
    "TIME": ("20261120-10:11:12", "20261120-10:11:12.123"),
    "TZTIMEONLY": ("10:11", "10:11:12.123456Z", "10:11-05:30", "10:11:12+01"),
    "TZTIMESTAMP": ("20261120-10:11Z", "20261120-10:11:12.123+01:00"),
    "UTCTIMEONLY": ("10:11:12", "10:11:12.123456789012"),
}
_SAMPLES.update(dict.fromkeys(("QTY", "PRICE", "AMT", "FLOAT", "PRICEOFFSET"), _DECIMALS))
_SAMPLES["PERCENTAGE"] = _DECIMALS
_SAMPLES["UTCTIMESTAMP"] = (
    *_SAMPLES["TIME"],
    "20161231-23:59:60",
    "20261120-10:11:12.123456789012",
)
_SAMPLES.update(dict.fromkeys(("UTCDATE", "UTCDATEONLY", "LOCALMKTDATE"), _SAMPLES["DATE"]))

Pairs = list[tuple[str, str]]


class RandomMessages:
    """Bodies of messages with random fields, values and group entries."""

    def __init__(self, dictionary: Dictionary, random: Random) -> None:
        self._dictionary = dictionary
        self._random = random
        self._datas = {data: length for length, data in dictionary.data_fields.items()}

    def pairs(self, msg_type: str) -> Pairs:
        """All fields from 35 up to the trailer without 10, in a legal order."""
        message = self._dictionary.messages[msg_type]
        header = message.top & self._dictionary.header_tags - {"8", "9", "35"}
        trailer = message.top & self._dictionary.trailer_tags - {"10"}
        pairs = [("35", msg_type)]
        for section in (header, message.top - header - trailer - {"8", "9", "35", "10"}, trailer):
            tags = sorted(section)
            self._random.shuffle(tags)
            for tag in tags:
                if tag in message.required or self._random.random() < min(1.0, 12 / len(tags)):
                    pairs += self._field(tag, message.groups, section, pairs)
        return pairs

    def _field(self, tag: str, groups: dict, siblings: frozenset[str], before: Pairs) -> Pairs:
        """A field with what belongs to it: its data or its length, or its group's entries."""
        dictionary = self._dictionary
        tag = self._datas.get(tag, tag)
        if tag not in siblings or any(tag == other for other, _ in before):
            return []
        if tag in groups:
            counts = sorted(dictionary.fields[tag].values) or ["0", "1", "2", "3"]
            count = int(self._random.choice(counts))
            entries = [self._entry(groups[tag]) for _ in range(count)]
            return [(tag, str(len(entries))), *(pair for entry in entries for pair in entry)]
        data_tag = dictionary.data_fields.get(tag)
        if data_tag in siblings and dictionary.fields[data_tag].type in DATA_TYPES:
            data = "".join(self._random.choices(_TEXT + "\x01", k=self._random.randint(1, 9)))
            return [(tag, str(len(data))), (data_tag, data)]
        return [(tag, self.value(dictionary.fields[tag]))]

    def _entry(self, group: GroupDef) -> Pairs:
        pairs: Pairs = []
        siblings = frozenset(group.members)
        for tag in group.members:
            wanted = tag == group.delimiter or tag in group.required
            if tag not in self._datas and (wanted or self._random.random() < 0.3):
                pairs += self._field(tag, group.groups, siblings, [])
        return pairs

    def value(self, field: FieldDef) -> str:
        """A legal value of a field."""
        if field.values and field.type in MULTIPLE_TYPES:
            return " ".join(
                self._random.choices(sorted(field.values), k=self._random.randint(1, 3))
            )
        if field.values:
            return self._random.choice(sorted(field.values))
        if field.type in _SAMPLES:
            return self._random.choice(_SAMPLES[field.type])
        return "".join(self._random.choices(_TEXT, k=self._random.randint(1, 12)))


def body_of(pairs: Pairs) -> str:
    """The text between BodyLength(9) and CheckSum(10)."""
    return "".join(f"{tag}={value}\x01" for tag, value in pairs)
