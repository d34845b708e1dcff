"""The text format, read back by Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families as parsed

from gateway.metrics.exposition import Family, head, lines

FAMILY = Family("fixgate_things_total", "counter", "Things, by kind.")


def test_labels_with_any_character_come_back() -> None:
    kinds = ["plain", 'with "quotes"', "back\\slash", "new\nline", "grün", "{},=", ""]
    samples = [({"kind": kind, "of": "X"}, number) for number, kind in enumerate(kinds)]
    (found,) = parsed(head(FAMILY) + "".join(lines(FAMILY, samples)))
    assert (found.name, found.type) == ("fixgate_things", "counter")
    assert found.documentation == FAMILY.help
    assert [(s.labels["kind"], s.value) for s in found.samples] == [
        (kind, float(number)) for number, kind in enumerate(kinds)
    ]


def test_a_sample_without_labels_has_no_braces() -> None:
    assert list(lines(FAMILY, [({}, 3)])) == ["fixgate_things_total 3\n"]


def test_large_and_small_numbers_keep_their_value() -> None:
    values = [10**18, 0.000125, 1_795_169_471.5]
    text = "".join(lines(FAMILY, [({"kind": str(n)}, v) for n, v in enumerate(values)]))
    (found,) = parsed(head(FAMILY) + text)
    assert [sample.value for sample in found.samples] == values


def test_a_family_without_samples_is_told_all_the_same() -> None:
    (found,) = parsed(head(FAMILY) + "".join(lines(FAMILY, [])))
    assert found.samples == []
