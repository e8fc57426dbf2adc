//! Which answers are the same, so that they can be kept.

use chanter_engine::{Input, Settings, Speaker};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::Request;

/// Names the answer to a request, in 64 hexadecimal digits; none for one that need not be the same the next time, which is
/// one that neither names a seed nor turns all noise off.
///
/// `voice` says which voice it is, with whatever else of the front end changes the sound: content rather than name, such
/// as its digest, and that of a lexicon that is everybody's. A new version of Chanter gives new names.
pub fn cache_key(voice: &str, request: &Request) -> Option<String> {
    let Request {
        input,
        settings,
        voice: _,
        model: _,
        language: _,
        speed,
        seeded,
        lexicon,
        format,
        sample_rate,
        delivery,
    } = request;
    let Settings { speaker, length_scale, noise_scale, noise_w_scale, volume, sentence_silence, seed, .. } = settings;
    let silent = *noise_scale == Some(0.0) && *noise_w_scale == Some(0.0);
    if !seeded && !silent {
        return None;
    }
    let mut key = Key(Sha256::new());
    key.add(env!("CARGO_PKG_VERSION"));
    key.add(voice);
    match input {
        Input::Text(text) => {
            key.add(if settings.manners { "text with manners" } else { "text" });
            key.add(text);
        }
        Input::Ssml(document) => {
            key.add("ssml");
            key.add(document);
        }
        Input::Phonemes(sentences) => {
            key.add("phonemes");
            key.add(sentences.len().to_string());
            sentences.iter().for_each(|sentence| key.list(sentence.iter().map(String::as_bytes)));
        }
        Input::PhonemeIds(sentences) => {
            key.add("phoneme ids");
            key.add(sentences.len().to_string());
            sentences.iter().for_each(|sentence| key.list(sentence.iter().map(|id| id.to_le_bytes())));
        }
    }
    match speaker {
        None => key.add("the default speaker"),
        Some(Speaker::Id(id)) => key.list(["speaker".as_bytes(), &id.to_le_bytes()].into_iter()),
        Some(Speaker::Name(name)) => key.list(["speaker's name", name].into_iter()),
    }
    for number in [*length_scale, *noise_scale, *noise_w_scale, *speed, Some(*volume), Some(*sentence_silence)] {
        key.list(number.map(f32::to_le_bytes).into_iter());
    }
    // Where there is no noise, it changes nothing.
    key.add(if silent { 0 } else { *seed }.to_le_bytes());
    key.list(lexicon.iter());
    key.add(format.name());
    key.list(sample_rate.map(u32::to_le_bytes).into_iter());
    key.add(format!("{delivery:?}"));
    Some(key.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A digest of things that cannot be taken for one another: each has its length before it.
struct Key(Sha256);

impl Key {
    fn add(&mut self, thing: impl AsRef<[u8]>) {
        let thing = thing.as_ref();
        self.0.update((thing.len() as u64).to_le_bytes());
        self.0.update(thing);
    }

    fn list<T: AsRef<[u8]>>(&mut self, things: impl ExactSizeIterator<Item = T>) {
        self.0.update((things.len() as u64).to_le_bytes());
        things.for_each(|thing| self.add(thing));
    }
}

/// The `ETag` of an answer with this [key](cache_key). It is weak: another machine makes the same sound, but may round the
/// last bit otherwise (RFC 9110, section 8.8.1).
pub fn etag(key: &str) -> String {
    format!("W/\"{key}\"")
}

/// Whether a GET's `If-None-Match` names this [`etag`], so that the answer is 304 (RFC 9110, section 13.1.2; the
/// comparison is the weak one).
pub fn if_none_match(headers: &HeaderMap, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag)
    }

    // Ours hold no commas, so one that is split at a comma inside is none of ours.
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::HeaderValue;

    use super::*;
    use crate::read;

    fn request(query: &str) -> Request {
        let uri = format!("/?{query}");
        let (head, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        read(&head, None, 100).unwrap()
    }

    fn key(query: &str) -> Option<String> {
        cache_key("voice", &request(query))
    }

    #[test]
    fn only_what_is_repeated_is_kept() {
        assert_eq!(key("text=a"), None);
        assert_eq!(key("text=a&noise_scale=0"), None);
        assert_eq!(key("text=a&seed=0").unwrap().len(), 64);
        assert_eq!(key("text=a&noise_scale=0&noise_w=0"), key("noise_w=0&text=a&noise_scale=0&seed=5"));
    }

    #[test]
    fn the_same_request_has_the_same_key() {
        assert_eq!(key("text=a+b&seed=1"), key("seed=1&volume=1.0&text=a%20b&unknown=2&voice=x"));
    }

    #[test]
    fn whatever_changes_the_sound_changes_the_key() {
        let queries = [
            "text=a",
            "text=b",
            "phonemes=a",
            "phonemes=ab",
            "phonemes=a%0Ab",
            "phoneme_ids=1,2",
            "phoneme_ids=1,3",
            "text=a&speaker=1",
            "text=a&speaker_id=1",
            "text=a&speaker_id=2",
            "text=a&length_scale=1",
            "text=a&length_scale=2",
            "text=a&noise_scale=1",
            "text=a&noise_w=1",
            "text=a&volume=2",
            "text=a&sentence_silence=1",
            "text=a&seed=2",
            "text=a&lexicon=a%09b",
            "text=a&lexicon=a%09c",
        ];
        let mut keys = BTreeSet::new();
        let seeded = queries.map(|query| if query.contains("seed") { query.into() } else { format!("{query}&seed=1") });
        let mut requests: Vec<_> = seeded.iter().map(|query| request(query)).collect();
        for speech in
            [r#"{"input": "a", "seed": 1, "speed": 2}"#, r#"{"input": "a", "seed": 1, "response_format": "pcm"}"#]
        {
            requests.push(crate::speech::read(speech.into(), 100).unwrap());
        }
        for request in &requests {
            assert!(keys.insert(cache_key("voice", request).unwrap()), "{request:?}");
            assert!(keys.insert(cache_key("another", request).unwrap()), "{request:?}");
        }
        assert_eq!(cache_key("voice", &requests[0]), key("seed=1&text=a"));
    }

    #[test]
    fn what_a_client_has_is_not_sent_again() {
        let tag = etag("abc");
        for (given, matches) in [
            (&["W/\"abc\""][..], true),
            (&["\"abc\""], true),
            (&["\"x\" , W/\"abc\""], true),
            (&["\"x\"", "\"abc\""], true),
            (&["*"], true),
            (&["\"abcd\""], false),
            (&["abc"], false),
            (&["\"x,W/\""], false),
            (&[], false),
        ] {
            let headers = given.iter().map(|tag| (header::IF_NONE_MATCH, HeaderValue::from_static(tag)));
            assert_eq!(if_none_match(&headers.collect(), &tag), matches, "{given:?}");
        }
    }
}
