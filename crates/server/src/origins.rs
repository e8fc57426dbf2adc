//! Pages of other sites that may use the server (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::str::FromStr;

use axum::http::{HeaderValue, Method};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

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

pub(crate) fn layer(origins: &Origins) -> CorsLayer {
    let origins = match origins {
        Origins::All => AllowOrigin::any(),
        Origins::Some(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    CorsLayer::new().allow_origin(origins).allow_methods([Method::GET, Method::POST]).allow_headers(Any)
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
}
