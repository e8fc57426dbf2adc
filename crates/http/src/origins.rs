//! Pages of other sites that may use the server (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::str::FromStr;

use http::HeaderValue;

/// The sites whose pages may use the server: all, some, or none but its own. `*`, or origins with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    /// Every site's: there are no cookies, and nothing here is anybody's own.
    #[default]
    All,
    /// These; none for the server's own page alone.
    Some(Vec<HeaderValue>),
}

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::All);
        }
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let parse = |origin: &str| match origin.split_once("://") {
            Some(("http" | "https", host)) if is_host(host) => {
                HeaderValue::from_str(origin).map_err(|e| format!("{origin}: {e}"))
            }
            _ => Err(format!("{origin} is no origin; one looks like https://example.org, without a path")),
        };
        origins.map(parse).collect::<Result<_, _>>().map(Self::Some)
    }
}

/// Browsers name a site by its host in ASCII, and its port.
fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

impl Origins {
    /// What `Access-Control-Allow-Origin` says to a page of this site; nothing to those that are not allowed. The answer
    /// depends on the request's `Origin` unless all are, so `Vary` has to name it then.
    pub fn allows(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::All => Some(HeaderValue::from_static("*")),
            Self::Some(origins) => origins.iter().find(|allowed| *allowed == origin).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_origins() {
        assert_eq!("*".parse(), Ok(Origins::All));
        assert_eq!("".parse(), Ok(Origins::Some(Vec::new())));
        let two = ["https://a.org", "http://localhost:8080"].map(HeaderValue::from_static).to_vec();
        assert_eq!("https://a.org, http://localhost:8080".parse(), Ok(Origins::Some(two)));
        for wrong in ["a.org", "https://a.org/", "ftp://a.org", "https://", "https://\u{e9}.org"] {
            let parsed: Result<Origins, _> = wrong.parse();
            assert!(parsed.is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn allows_those_that_are_named() {
        let [a, b] = ["https://a.org", "https://b.org"].map(HeaderValue::from_static);
        assert_eq!(Origins::All.allows(&a), Some(HeaderValue::from_static("*")));
        let some = Origins::Some(vec![a.clone()]);
        assert_eq!((some.allows(&a), some.allows(&b)), (Some(a), None));
    }
}
