//! Who may call: tokens (RFC 6750, section 2.1).

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Whether a request shows one of these tokens, as `Authorization: Bearer TOKEN`; always where there are none. How long it
/// takes says nothing of the tokens. An empty one is nobody's.
pub fn authorized(headers: &HeaderMap, tokens: &[String]) -> bool {
    tokens.is_empty() || which_token(headers, tokens).is_some()
}

/// Which of these tokens a request shows; as [`authorized`].
pub fn which_token(headers: &HeaderMap, tokens: &[String]) -> Option<usize> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
    let given =
        given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, token)| token.trim_ascii());
    // Digests have one length, so the token's own does not show either.
    let given = Sha256::digest(given.filter(|token| !token.is_empty())?);
    // Its place, counted from 1.
    let found = (1u64..)
        .zip(tokens)
        .fold(0, |found, (place, token)| u64::conditional_select(&found, &place, Sha256::digest(token).ct_eq(&given)));
    usize::try_from(found).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn one_of_the_tokens_opens() {
        let tokens = ["secret".to_owned(), "another one".to_owned(), String::new()];
        for (given, place) in [
            (Some("Bearer secret"), Some(0)),
            (Some("bearer  another one "), Some(1)),
            (Some("Bearer secre"), None),
            (Some("Bearer secret1"), None),
            (Some("Bearer "), None),
            (Some("Bearer"), None),
            (Some("Basic secret"), None),
            (Some("secret"), None),
            (None, None),
        ] {
            let headers: HeaderMap =
                given.into_iter().map(|given| (header::AUTHORIZATION, HeaderValue::from_static(given))).collect();
            assert_eq!(which_token(&headers, &tokens), place, "{given:?}");
            assert_eq!(authorized(&headers, &tokens), place.is_some(), "{given:?}");
            assert!(authorized(&headers, &[]), "{given:?}");
        }
    }
}
