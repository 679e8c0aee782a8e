"""Who counts as one caller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.callers import one_caller


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1:4711", ""),
        ("192.0.2.01", ""),
        ("", ""),
    ],
)
def test_a_customer_is_one_caller(address: str, caller: str) -> None:
    assert one_caller(address) == caller


@given(st.one_of(st.text(), st.ip_addresses().map(str)))
def test_h24_whatever_a_proxy_writes_names_a_caller_of_few_bytes(address: str) -> None:
    """H24: a line of a megabyte fills no table."""
    assert len(one_caller(address)) <= len("2001:0db8:ffff:ffff::/64")
