//! Who may call: tokens (RFC 6750, section 2.1).

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Whether a request shows one of these tokens, as `Authorization: Bearer TOKEN`; always where there are none. How long it
/// takes says nothing of the tokens. An empty one is nobody's.
pub fn authorized(headers: &HeaderMap, tokens: &[String]) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
    let given =
        given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, token)| token.trim_ascii());
    let Some(given) = given.filter(|token| !token.is_empty()) else { return tokens.is_empty() };
    // Digests have one length, so the token's own does not show either.
    let given = Sha256::digest(given);
    let one_of_them = tokens.iter().fold(Choice::from(0), |found, token| found | Sha256::digest(token).ct_eq(&given));
    tokens.is_empty() || one_of_them.into()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn one_of_the_tokens_opens() {
        let tokens = ["secret".to_owned(), "another one".to_owned(), String::new()];
        for (given, opens) in [
            (Some("Bearer secret"), true),
            (Some("bearer  another one "), true),
            (Some("Bearer secre"), false),
            (Some("Bearer secret1"), false),
            (Some("Bearer "), false),
            (Some("Bearer"), false),
            (Some("Basic secret"), false),
            (Some("secret"), false),
            (None, false),
        ] {
            let headers: HeaderMap =
                given.into_iter().map(|given| (header::AUTHORIZATION, HeaderValue::from_static(given))).collect();
            assert_eq!(authorized(&headers, &tokens), opens, "{given:?}");
            assert!(authorized(&headers, &[]), "{given:?}");
        }
    }
}
