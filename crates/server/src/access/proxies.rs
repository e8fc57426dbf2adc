//! The client's address, also behind proxies.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Networks whose machines say truly for whom they call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proxies(Vec<IpNet>);

/// What `private` stands for: this machine (RFC 1122, RFC 4291), private networks (RFC 1918, RFC 4193), link-local ones
/// (RFC 3927, RFC 4291).
const PRIVATE: &str =
    "127.0.0.0/8, ::1/128, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, 169.254.0.0/16, fe80::/10";

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut networks = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if name.eq_ignore_ascii_case("private") {
                networks.extend(PRIVATE.parse::<Self>()?.0);
                continue;
            }
            let network = name.parse().or_else(|_| name.parse::<IpAddr>().map(IpNet::from));
            networks.push(network.map_err(|_| format!("{name} is no network; one looks like 10.0.0.0/8"))?);
        }
        Ok(Self(networks))
    }
}

impl Proxies {
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// For whom a machine calls: each proxy adds to `X-Forwarded-For` who called it, so what counts is the last address that
    /// is not a proxy's. What stands before that may be made up.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let named: Vec<_> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
        for name in named.into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            match address(name) {
                Some(address) => client = address,
                None => break,
            }
        }
        client
    }
}

/// Some proxies write a port too.
fn address(name: &str) -> Option<IpAddr> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| name.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_is_no_proxy() {
        let proxies: Proxies = "10.0.0.0/8, 2001:db8::1".parse().unwrap();
        for (peer, forwarded, client) in [
            ("1.2.3.4", "9.9.9.9", "1.2.3.4"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "9.9.9.9", "9.9.9.9"),
            ("10.0.0.1", "made up, 8.8.8.8, 9.9.9.9", "9.9.9.9"),
            ("10.0.0.1", "9.9.9.9, 10.0.0.2", "9.9.9.9"),
            ("10.0.0.1", "9.9.9.9, nonsense", "10.0.0.1"),
            ("2001:db8::1", "[2001:db8::2]:443", "2001:db8::2"),
            ("::ffff:10.0.0.1", "9.9.9.9", "9.9.9.9"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            let found = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {forwarded}");
        }
        assert!("private".parse::<Proxies>().unwrap().trust("192.168.1.1".parse().unwrap()));
        assert!("10.0.0.0/40".parse::<Proxies>().is_err());
    }
}
