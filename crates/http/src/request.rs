//! A request to speak: where its fields stand, and what they mean.

use chanter_engine::{Error, Input, Lexicon, Settings, Speaker, VoiceConfig};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde_json::Value;

use crate::fields::{FIELDS, Field, Fields, wrong};
use crate::{Delivery, Failure, Format};

type Result<T, E = Failure> = std::result::Result<T, E>;

/// Bytes of a request's lexicon.
const MAX_LEXICON: usize = 32 << 10;

/// What a client asks for, checked as far as that goes without the voice.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// What to speak.
    pub input: Input,
    /// How; the voice's own share comes with [`suit`](Self::suit).
    pub settings: Settings,
    /// The name of the voice that is asked for; none for the default one.
    pub voice: Option<String>,
    /// A name of OpenAI's for a kind of voice; where nobody has the voice that is asked for, one of this name will do.
    pub model: Option<String>,
    /// The language that a voice is wanted for, such as `de` or `de_AT`, where none is named.
    pub language: Option<String>,
    /// How fast: the voice's own durations are divided by it. OpenAI's requests have it in place of `length_scale`.
    pub speed: Option<f32>,
    /// Whether it names the seed, which says that the same request shall have the same answer.
    pub seeded: bool,
    /// The lexicon in [`settings`](Self::settings) as it was written.
    pub(crate) lexicon: Option<String>,
    /// What the sound is sent as.
    pub format: Format,
    /// Samples a second, if other than the format has of itself.
    pub sample_rate: Option<u32>,
    /// What goes with the sound, or in its place.
    pub delivery: Delivery,
}

impl Request {
    /// Turns what depends on the voice into settings for it: what is not a name of one of its speakers is taken for the
    /// number that it says, for a query cannot tell them apart.
    pub fn suit(&mut self, voice: &VoiceConfig) {
        if let Some(Speaker::Name(name)) = &self.settings.speaker
            && voice.speaker_id(name).is_none()
            && let Ok(id) = name.trim().parse()
        {
            self.settings.speaker = Some(Speaker::Id(id));
        }
        if let Some(speed) = self.speed {
            self.settings.length_scale = Some(voice.inference.length_scale / speed);
        }
    }
}

/// The most bytes of a body that can hold a text of so many characters.
///
/// The longest that a text can be in JSON: a surrogate pair, 12 bytes, for each character. Room for the rest. A lexicon
/// takes up to three times its bytes there.
pub fn max_body_bytes(max_text_length: usize) -> usize {
    max_text_length.saturating_mul(16).saturating_add((16 << 10) + 3 * MAX_LEXICON)
}

/// A body has more than [`max_body_bytes`].
pub fn body_too_long(max_text_length: usize) -> Failure {
    Failure::too_long(format!("the body has more than {} bytes", max_body_bytes(max_text_length)))
}

/// Reads a request to speak: the query, and for POST the body.
///
/// # Errors
/// 400, 413 or 415, naming the field.
pub fn read(head: &Parts, body: Option<Vec<u8>>, max_text_length: usize) -> Result<Request> {
    let mut fields = Fields::named(&FIELDS);
    fields.add_pairs(head.uri.query().unwrap_or_default())?;
    if let Some(body) = body {
        add_body(&mut fields, &head.headers, text_of(body, max_text_length)?)?;
    }
    request(fields, max_text_length)
}

/// What the fields of a request of ours, or of one to Piper's own server, ask for.
pub(crate) fn request(mut fields: Fields, max_text_length: usize) -> Result<Request> {
    let mut request = manner(&mut fields)?;
    request.input = match (input(&mut fields, max_text_length)?, request.input) {
        (Input::Text(text), Input::Ssml(_)) => Input::Ssml(text),
        (_, Input::Ssml(_)) => return Err(Failure::invalid("ssml is of a text").about("ssml")),
        (input, _) => input,
    };
    if matches!(request.delivery, Delivery::Subtitles(_)) && !matches!(request.input, Input::Text(_) | Input::Ssml(_)) {
        return Err(Failure::invalid("timings as srt and vtt are of a text").about("timings"));
    }
    Ok(request)
}

/// Reads how to speak a text that comes in pieces, after this: the fields of any other request, in a JSON object. The input
/// is empty, of the kind that the text will be.
///
/// # Errors
/// 400 or 413, naming the field.
pub fn read_live(json: &str) -> Result<Request> {
    let mut fields = Fields::named(&FIELDS);
    fields.add_json(json)?;
    let request = manner(&mut fields)?;
    for name in ["text", "phonemes", "phoneme_ids"] {
        if fields.take(name).is_some() {
            return Err(Failure::invalid(format!("{name} does not belong here: the text comes afterwards")).about(name));
        }
    }
    Ok(request)
}

/// All but what to speak.
fn manner(fields: &mut Fields) -> Result<Request> {
    let mut settings = settings(fields)?;
    let seed = seed(fields)?;
    settings.seed = seed.unwrap_or(settings.seed);
    let lexicon = lexicon(fields)?;
    settings.lexicon = lexicon.as_deref().map(parsed).transpose()?;
    let voice = fields.string("voice")?.filter(|name| !name.is_empty());
    let language = fields.string("language")?.filter(|language| !language.is_empty());
    let format = format(fields, "format")?.unwrap_or(Format::Wav);
    let sample_rate = sample_rate(fields, format)?;
    let delivery = match fields.string("timings")? {
        None => Delivery::Audio,
        Some(name) => Delivery::named(&name).ok_or_else(|| wrong("timings", "ndjson, sse, json, srt or vtt"))?,
    };
    settings.manners = fields.truth("manners")?.unwrap_or(settings.manners);
    let (input, seeded) = (text_input(fields, String::new())?, seed.is_some());
    Ok(Request {
        input,
        settings,
        voice,
        model: None,
        language,
        speed: None,
        seeded,
        lexicon,
        format,
        sample_rate,
        delivery,
    })
}

/// A text as what it is: a document of SSML, if `ssml` is true.
pub(crate) fn text_input(fields: &mut Fields, text: String) -> Result<Input> {
    Ok(if fields.truth("ssml")?.unwrap_or(false) { Input::Ssml(text) } else { Input::Text(text) })
}

/// A format by its name.
pub(crate) fn format(fields: &mut Fields, field: &'static str) -> Result<Option<Format>> {
    let Some(name) = fields.string(field)? else { return Ok(None) };
    let format = Format::named(&name.to_ascii_lowercase());
    format.map(Some).ok_or_else(|| wrong(field, &format!("one of {}", Format::names())))
}

/// A rate that the format has, whatever the voice's is.
pub(crate) fn sample_rate(fields: &mut Fields, format: Format) -> Result<Option<u32>> {
    let rate = fields.whole("sample_rate", "a whole number of Hz")?;
    format.rate(0, rate).map_err(|e| Failure::from(e).about("sample_rate"))?;
    Ok(rate)
}

/// A body as UTF-8, without a byte order mark.
pub(crate) fn text_of(body: Vec<u8>, max_text_length: usize) -> Result<String> {
    if body.len() > max_body_bytes(max_text_length) {
        return Err(body_too_long(max_text_length));
    }
    let text = String::from_utf8(body).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::invalid(format!("the body is not UTF-8: see byte {at}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Adds the body's fields. What the body is, its content type says; a client that says nothing, or what curl says of
/// everything (a form), may send JSON all the same.
fn add_body(fields: &mut Fields, headers: &HeaderMap, body: String) -> Result<()> {
    let content_type = match headers.get(header::CONTENT_TYPE) {
        None => String::new(),
        Some(value) => value.to_str().unwrap_or("?").to_ascii_lowercase(),
    };
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let charset = parts.find_map(|p| p.strip_prefix("charset="));
    if !charset.is_none_or(|c| ["utf-8", "utf8", "us-ascii"].contains(&c.trim_matches('"'))) {
        return Err(unsupported("the body must be UTF-8"));
    }
    let looks_like_json = body.trim_start().starts_with('{');
    match essence {
        "application/json" => fields.add_json(&body),
        "" | "application/x-www-form-urlencoded" if looks_like_json => fields.add_json(&body),
        "application/x-www-form-urlencoded" => fields.add_pairs(body.trim_end()),
        "" | "text/plain" => fields.add("text", Field::Plain(body)),
        _ => Err(unsupported("the body must be application/json or text/plain")),
    }
}

fn unsupported(message: &str) -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

/// All but the seed and the lexicon.
fn settings(fields: &mut Fields) -> Result<Settings> {
    type Set = fn(&mut Settings, f32);
    let numbers: [(&'static str, Set); 5] = [
        ("length_scale", |s, v| s.length_scale = Some(v)),
        ("noise_scale", |s, v| s.noise_scale = Some(v)),
        ("noise_w_scale", |s, v| s.noise_w_scale = Some(v)),
        ("volume", |s, v| s.volume = v),
        ("sentence_silence", |s, v| s.sentence_silence = v),
    ];
    let mut settings = Settings::default();
    for (name, set) in numbers {
        if let Some(value) = fields.number(name)? {
            set(&mut settings, value);
            settings.validate().map_err(|e| Failure::from(e).about(name))?;
        }
    }
    // Where both are given, the number counts, as with Piper's own server.
    let by_name = speaker(fields)?;
    let by_id = fields.whole("speaker_id", "a whole number")?.map(Speaker::Id);
    settings.speaker = by_id.or(by_name);
    Ok(settings)
}

pub(crate) fn seed(fields: &mut Fields) -> Result<Option<u64>> {
    fields.whole("seed", "a whole number from 0 to 18446744073709551615")
}

/// Words that are read differently, as a lexicon's file has them.
fn lexicon(fields: &mut Fields) -> Result<Option<String>> {
    match fields.string("lexicon")? {
        Some(text) if text.len() > MAX_LEXICON => {
            let message = format!("lexicon has {} bytes; a request's has at most {MAX_LEXICON}", text.len());
            Err(Failure::too_long(message).about("lexicon"))
        }
        text => Ok(text),
    }
}

fn parsed(lexicon: &str) -> Result<Lexicon> {
    Lexicon::parse(lexicon).map_err(|e| Failure::from(Error::from(e)).about("lexicon"))
}

fn speaker(fields: &mut Fields) -> Result<Option<Speaker>> {
    match fields.take("speaker") {
        None => Ok(None),
        Some(Field::Plain(s) | Field::Json(Value::String(s))) => Ok(Some(Speaker::Name(s))),
        Some(Field::Json(value)) => match value.as_i64() {
            Some(id) => Ok(Some(Speaker::Id(id))),
            None => Err(wrong("speaker", "a name or a number")),
        },
    }
}

/// What to speak: exactly one of text, phonemes and phoneme ids, neither empty nor too long.
fn input(fields: &mut Fields, max_text_length: usize) -> Result<Input> {
    let text = fields.string("text")?.map(Input::Text);
    let phonemes = fields.take("phonemes").map(phonemes).transpose()?.map(Input::Phonemes);
    let ids = fields.take("phoneme_ids").map(phoneme_ids).transpose()?.map(Input::PhonemeIds);
    let given = [("text", text), ("phonemes", phonemes), ("phoneme_ids", ids)];
    let mut given = given.into_iter().filter_map(|(name, input)| Some((name, input?)));
    let (name, input) = given.next().ok_or_else(|| Failure::invalid("text is missing").about("text"))?;
    if let Some((other, _)) = given.next() {
        return Err(Failure::invalid(format!("{name} and {other} are both given; one is spoken")).about(other));
    }
    let (length, empty) = match &input {
        Input::Text(text) | Input::Ssml(text) => (text.chars().count(), text.trim().is_empty()),
        Input::Phonemes(sentences) => {
            let length = sentences.iter().map(Vec::len).sum();
            (length, length == 0)
        }
        // Between any two phonemes stands a pad.
        Input::PhonemeIds(sentences) => {
            let length: usize = sentences.iter().map(Vec::len).sum();
            (length / 2, length == 0)
        }
    };
    check_length(name, length, empty, max_text_length)?;
    Ok(input)
}

/// Whether a text of so many characters is neither empty nor too long.
pub(crate) fn check_length(name: &'static str, length: usize, empty: bool, max_text_length: usize) -> Result<()> {
    if empty {
        return Err(Failure::invalid(format!("{name} is empty")).about(name));
    }
    if length > max_text_length {
        let message = format!("{name} is {length} characters long; at most {max_text_length} are spoken");
        return Err(Failure::too_long(message).about(name));
    }
    Ok(())
}

/// A string (a sentence a line, a phoneme a character), a list of phonemes (one sentence) or a list of such lists.
fn phonemes(field: Field) -> Result<Vec<Vec<String>>> {
    let lines = |s: String| -> Vec<Vec<String>> {
        s.lines().filter(|line| !line.is_empty()).map(|line| line.chars().map(String::from).collect()).collect()
    };
    match field {
        Field::Plain(s) | Field::Json(Value::String(s)) => Ok(lines(s)),
        Field::Json(value) => sentences(&value, |v| v.as_str().map(str::to_owned))
            .ok_or_else(|| wrong("phonemes", "a string, a list of phonemes, or a list of such lists")),
    }
}

/// A list of numbers (one sentence) or a list of such lists; in a query `1,2,3`.
fn phoneme_ids(field: Field) -> Result<Vec<Vec<i64>>> {
    match field {
        Field::Plain(s) if s.trim().is_empty() => Some(Vec::new()),
        Field::Plain(s) => s.split(',').map(|id| id.trim().parse().ok()).collect::<Option<_>>().map(|ids| vec![ids]),
        Field::Json(value) => sentences(&value, Value::as_i64),
    }
    .ok_or_else(|| wrong("phoneme_ids", "a list of whole numbers, or a list of such lists"))
}

fn sentences<T>(value: &Value, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<Vec<T>>> {
    let list = value.as_array()?;
    let sentence = |list: &Vec<Value>| list.iter().map(&one).collect::<Option<Vec<T>>>();
    if list.iter().any(Value::is_array) {
        list.iter().map(|v| sentence(v.as_array()?)).collect()
    } else {
        Some(vec![sentence(list)?])
    }
}
