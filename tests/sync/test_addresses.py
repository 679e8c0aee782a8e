"""EXC-23: a name is refused when any of its addresses is not public."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import PeerFault, Unavailable
from entrepot_sync.addresses import SystemResolver, check_addresses, is_public

PRIVATE_4 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9",
    "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
]  # fmt: skip
PUBLIC_4 = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
]  # fmt: skip
PRIVATE_6 = [
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "64:ff9b:1:7f00:0:100::", "100::1", "2001::1",
    "2001:0:808:808:0:0:80ff:fffe", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2620:4f:8000::1", "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "1000::1",
]  # fmt: skip
PUBLIC_6 = [
    "2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::1", "2001:0:808:808:0:0:f7f7:f7f7",
]  # fmt: skip


@pytest.mark.parametrize("ip", PRIVATE_4 + PRIVATE_6)
def test_H06_special_purpose_addresses_are_not_public(ip):
    assert not is_public(ip)


@pytest.mark.parametrize("ip", PUBLIC_4 + PUBLIC_6)
def test_other_addresses_are_public(ip):
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip", ["", "2130706433", "127.1", "0x7f.1", "0177.0.0.1", "biomed.example", "1.2.3.4 "]
)
def test_H06_text_that_is_no_address_is_not_public(ip):
    assert not is_public(ip)


@given(st.ip_addresses(v=4))
def test_H06_every_wrapping_of_an_ipv4_address_is_judged_as_the_address(ip):
    number = int(ip)
    forms = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
        IPv6Address((0x20010000 << 96) | (0x08080808 << 64) | (number ^ 0xFFFFFFFF)),
        IPv6Address((0x20010000 << 96) | (number << 64) | (0x08080808 ^ 0xFFFFFFFF)),
    ]

    assert {is_public(form) for form in forms} == {is_public(ip)}
    assert not is_public(IPv6Address(number))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6, network="2000::/3"))
def test_the_table_never_allows_what_python_calls_special(ip):
    if is_public(ip):
        embedded = isinstance(ip, IPv6Address) and (ip.sixtofour or ip.teredo)
        assert embedded or ip.is_global
        assert not any([ip.is_multicast, ip.is_reserved])


@given(st.ip_addresses(v=6))
def test_outside_of_global_unicast_only_embedded_addresses_are_public(ip):
    if is_public(ip) and ip not in IPv6Network("2000::/3"):
        assert ip.ipv4_mapped or ip in IPv6Network("64:ff9b::/96")


def test_all_addresses_of_a_public_name_are_kept_in_order():
    assert check_addresses(["2606:4700::1111", "8.8.8.8"], allow_private=False) == (
        "2606:4700::1111",
        "8.8.8.8",
    )


@pytest.mark.parametrize("bad", ["127.0.0.1", "169.254.169.254", "::1", "fd00::1", "nonsense"])
@pytest.mark.parametrize("last", [True, False])
def test_H05_one_address_that_is_not_public_refuses_the_whole_name(bad, last):
    with pytest.raises(PeerFault) as caught:
        check_addresses(["8.8.8.8", bad] if last else [bad, "8.8.8.8"], allow_private=False)
    assert caught.value.code == "peer.address"


def test_the_flag_allows_private_addresses_but_only_addresses():
    assert check_addresses(["::1", "127.0.0.1"], allow_private=True) == ("::1", "127.0.0.1")
    with pytest.raises(PeerFault):
        check_addresses(["127.0.0.1", "localhost"], allow_private=True)


def test_a_name_without_address_is_unreachable():
    with pytest.raises(Unavailable) as caught:
        check_addresses([], allow_private=True)
    assert caught.value.code == "peer.unreachable"


def test_the_system_resolver_answers_with_addresses():
    found = asyncio.run(SystemResolver().resolve("localhost", 80))

    assert set(found) <= {"127.0.0.1", "::1"}
    assert found
    assert len(found) == len(set(found))


def test_addresses_may_be_objects():
    assert is_public(IPv4Address("8.8.8.8"))
