//! The classes of addresses: which of them are on the public internet. Everything that judges an address asks here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv4 networks that are not public, with the lengths of their prefixes. They are those that IANA's registry of special
/// addresses does not call globally reachable, and what cloud providers use in public networks.
const PRIVATE_V4: [([u8; 4], u32); 16] = [
    // This network.
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Shared by providers, and the metadata of Alibaba Cloud.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local, and the metadata of most clouds.
    ([169, 254, 0, 0], 16),
    // The metadata of Azure.
    ([168, 63, 129, 16], 32),
    ([172, 16, 0, 0], 12),
    // Protocol assignments, and the metadata of Oracle Cloud.
    ([192, 0, 0, 0], 24),
    // Documentation.
    ([192, 0, 2, 0], 24),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Relays of 6to4.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    // Benchmarks.
    ([198, 18, 0, 0], 15),
    // Multicast.
    ([224, 0, 0, 0], 4),
    // Reserved, and broadcast.
    ([240, 0, 0, 0], 4),
];

/// The only IPv6 network with public addresses.
const PUBLIC_V6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// The networks in [`PUBLIC_V6`] that are not public.
const PRIVATE_V6: [([u16; 8], u32); 5] = [
    // Protocol assignments: Teredo, benchmarks, ORCHID and others.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    // Documentation.
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    // 6to4, whose relays reach the embedded address.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    // The first test network.
    ([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16),
];

/// The networks whose addresses stand for the IPv4 address in their last four bytes: mapped ones, and those of NAT64 with the
/// well-known prefix, behind which networks without IPv4 reach the public internet.
const EMBEDDING_V6: [([u16; 8], u32); 2] =
    [([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96)];

/// Returns whether an address is not on the public internet.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            PRIVATE_V4.iter().any(|(network, length)| is_in(address.to_bits(), u32::from_be_bytes(*network), *length))
        }
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let is_in = |(network, length): &([u16; 8], u32)| {
        let shift = 128 - length;
        address.to_bits() >> shift == Ipv6Addr::from(*network).to_bits() >> shift
    };
    if EMBEDDING_V6.iter().any(is_in) {
        let [.., high, low] = address.segments();
        return is_private(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)).into());
    }
    !is_in(&PUBLIC_V6) || PRIVATE_V6.iter().any(is_in)
}

fn is_in(address: u32, network: u32, length: u32) -> bool {
    let shift = 32 - length;
    address >> shift == network >> shift
}

/// Returns whether a host is a private address or a name of this machine, without resolving other names.
pub fn is_private_host(host: &str) -> bool {
    is_local_host(host) || literal(host).is_some_and(is_private)
}

/// Returns whether a host is this machine.
pub fn is_local_host(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_name = name == "localhost" || name.ends_with(".localhost");
    is_name || literal(host).is_some_and(|address| address.to_canonical().is_loopback())
}

/// Returns the address that a host is written as, in all notations that systems accept: `127.1`, `0x7f000001`, `2130706433`.
fn literal(host: &str) -> Option<IpAddr> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.split('%').next().unwrap_or(host).parse() {
        return Some(address);
    }
    let parts: Vec<u64> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) || *last >= 1 << (8 * (4 - first.len())) {
        return None;
    }
    let high = first.iter().enumerate().map(|(index, part)| part << (8 * (3 - index))).sum::<u64>();
    Some(Ipv4Addr::from_bits(u32::try_from(high + last).ok()?).into())
}

/// Parses a decimal, octal (`0` first) or hexadecimal (`0x` first) number.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let text = text.to_ascii_lowercase();
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text.as_str(), 10),
    };
    u64::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_recognized_in_all_forms() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::a00:1",
            "::ffff:169.254.169.254",
            "::ffff:0:a00:5",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:808:808::1",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:a00:5::1",
            "2002:808:808::1",
            "3ffe::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.1",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2620:fe::fe",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn hosts_are_addresses_in_all_notations() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "::1",
            "[::1]",
            "10.1",
            "0",
            "0xa9fea9fe",
            "169.254.43518",
            "fe80::1%eth0",
        ] {
            assert!(is_private_host(host), "{host}");
        }
        for host in
            ["example.com", "1.1", "1.1.1.1", "localhost.com", "256.0.0.1", "10.example", "1.2.3.4.5", "", "08.1"]
        {
            assert!(!is_private_host(host), "{host}");
        }
        assert!(is_local_host("127.1") && is_local_host("[::1]") && !is_local_host("10.0.0.1"));
    }
}
