"""The tree and the canonical form, against published vectors and an independent writer."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from records.verify import Frontier, UnsoundError, canonical, leaf_hash, merkle_root, node_hash
from records.verify import read_canonical as read

LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
] + [bytes(range(0x60, 0x70))]

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_rfc_6962(size: int) -> None:
    assert merkle_root(LEAVES[:size]).hex() == [EMPTY, *ROOTS][size]


def by_definition(lines: list[bytes]) -> bytes:
    """RFC 6962 §2.1 word for word: split at the largest power of two below the size."""
    if len(lines) == 1:
        return leaf_hash(lines[0])
    split = 1 << ((len(lines) - 1).bit_length() - 1)
    return node_hash(by_definition(lines[:split]), by_definition(lines[split:]))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_the_frontier_gives_the_root_of_the_definition(lines: list[bytes]) -> None:
    assert merkle_root(lines) == by_definition(lines)


def test_the_frontier_stays_small() -> None:
    tree = Frontier()
    for number in range(1000):
        tree.append(leaf_hash(str(number).encode()))

    assert len(tree.hashes) == (1000).bit_count()


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii")), inner, max_size=4)
    ),
)


@given(PLAIN)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert read(canonical(value)) == value


@given(st.binary(max_size=60))
def test_bytes_are_read_only_if_they_are_the_one_way_to_write_it(octets: bytes) -> None:
    try:
        value = read(octets)
    except (UnsoundError, ValueError):
        return
    assert canonical(value) == octets
