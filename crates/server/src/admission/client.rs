//! Whose request it is: what has a share of its own.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// One who calls: by key, or else by address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Client {
    /// The place of its key among the keys.
    Key(usize),
    Address(IpAddr),
}

impl Client {
    /// Of IPv6, a network of 64 bits is one client's: providers give at least that much to each.
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
            address => address,
        })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(place) => write!(f, "key {}", place + 1),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let [a, b, c, d] = ["2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1", "::ffff:10.0.0.1"]
            .map(|address| Client::at(address.parse().unwrap()));
        assert!(a == b && a != c);
        assert_eq!(d, Client::at("10.0.0.1".parse().unwrap()));
    }
}
