//! What is read of documents of speech.

#![allow(clippy::unwrap_used)]

mod common;

use chanter_text::{MAX_DEPTH, Part, Reader, check};
use common::{Reading, pieces, read};
use proptest::prelude::*;

fn reading(document: &str) -> Reading {
    let reading = read(Reader::ssml("en-US"), &[document]).unwrap();
    reading.check(document);
    reading
}

/// What is inside `<speak>`, and what is read; `|` ends a sentence, cues are in braces, phonemes between slashes.
const CASES: &[(&str, &str)] = &[
    ("Hello world.", "Hello world.|"),
    ("<p><s>One</s> <s>two</s></p>three", "One|two|three|"),
    ("\n  Hello\n  world\t!\n", "Hello world ! |"),
    ("AT&amp;T &lt; &#233;&#x41;<![CDATA[ <b> & ]]>.<!-- - -- --><?x y?>", "AT&T < éA <b> & .|"),
    // Breaks
    ("a <break/> b", "a {0.5 s}b|"),
    ("a<break time=\"1.5s\"/>b<break time='20ms' strength='strong'/>c", "a{1.5 s}b{0.02 s}c|"),
    ("a<break strength=\"x-weak\"/>b<break strength=\"none\"/>c", "a{0.1 s}bc|"),
    // Prosody
    (
        "a <prosody rate=\"slow\" volume=\"+6dB\">b <prosody rate=\"50%\">c</prosody></prosody> d",
        "a {rate 0.75 volume 2.00}b {rate 0.5 volume 2.00}c{rate 0.75 volume 2.00}{rate 1 volume 1.00} d|",
    ),
    ("<prosody rate=\"medium\">a</prosody>", "a|"),
    // Words that are read otherwise
    ("a <phoneme alphabet=\"ipa\" ph=\"təˈmɑːtəʊ\">tomato</phoneme>.", "a /təˈmɑːtəʊ/.|"),
    ("<phoneme ph=\"x\">y</phoneme>", "/x/|"),
    ("The <sub alias=\"World Wide Web Consortium\">W3C</sub>", "The World Wide Web Consortium|"),
    ("<say-as interpret-as=\"characters\">abc</say-as> <say-as interpret-as=\"ordinal\">3</say-as>", "A, B, C 3rd|"),
    ("<say-as interpret-as=\"digits\">12<mark name=\"in\"/>3</say-as>", "1 2 3|"),
    (
        "<say-as interpret-as=\"cardinal\">12</say-as> <say-as interpret-as=\"date\" format=\"mdy\">1/2/20</say-as>",
        "12 1/2/20|",
    ),
    // Voices, languages, marks
    ("a <voice name=\"amy\">b</voice> c", "a {voice amy}b{voice }c|"),
    ("<lang xml:lang=\"fr\">bon</lang> <s xml:lang=\"de\">Tag</s>", "{in fr}bon{in } |{in de}Tag|{in }"),
    ("a <mark name=\"here\"/>b", "a {mark here}b|"),
    ("<desc>no</desc><metadata><x>no</x></metadata><w>yes</w>", "yes|"),
];

#[test]
fn documents_are_read_as_they_ask() {
    let shown =
        |inner: &str| reading(&format!("<?xml version=\"1.0\"?>\n<speak version=\"1.1\">{inner}</speak>\n")).shown;
    let read = CASES.iter().map(|(inner, expected)| (*inner, shown(inner), *expected));
    let wrong: Vec<_> = read.filter(|(_, read, expected)| read != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (inner, _) in CASES {
        assert_eq!(reading(&format!("<speak>{inner}</speak>")).warnings, [""; 0], "{inner}");
    }
}

#[test]
fn what_cannot_be_heeded_is_warned_of_once_and_its_text_read() {
    for (inner, shown, warning) in [
        ("<emphasis>a</emphasis> <emphasis>b</emphasis>", "a b|", "emphasis"),
        ("<audio src=\"x\">a</audio>", "a|", "audio"),
        ("<prosody pitch=\"high\">a</prosody><prosody pitch=\"low\">b</prosody>", "ab|", "pitch"),
        ("<prosody rate=\"brisk\">a</prosody>", "a|", "brisk"),
        ("a<break time=\"soon\"/>b", "a{0.5 s}b|", "soon"),
        ("a<break time=\"999s\"/>b", "a{60 s}b|", "60"),
        ("<phoneme alphabet=\"x-sampa\" ph=\"a\">b</phoneme>", "b|", "x-sampa"),
        ("<phoneme>b</phoneme>", "b|", "ph"),
        ("<sub>b</sub>", "b|", "alias"),
        ("<say-as interpret-as=\"song\">b</say-as>", "b|", "song"),
        ("<voice gender=\"female\">b</voice>", "b|", "name"),
        ("a<mark/>", "a|", "mark"),
        ("<lexicon uri=\"x\"/>a", "a|", "lexicon"),
    ] {
        let reading = reading(&format!("<speak>{inner}</speak>"));
        assert_eq!(reading.shown, shown, "{inner}");
        assert!(
            reading.warnings.len() == 1 && reading.warnings[0].contains(warning),
            "{inner}: {:?}",
            reading.warnings
        );
    }
    let many: String = (0..1000).map(|n| format!("<x{n}/>")).collect();
    assert!(check(&format!("<speak>{many}</speak>")).unwrap().len() < 100);
}

#[test]
fn what_is_no_document_is_refused_where_it_is_wrong() {
    let deep = format!("<speak>{}", "<s>".repeat(MAX_DEPTH));
    for (document, line, column, named) in [
        ("Hello", 1, 1, "<speak>"),
        ("", 1, 1, "<speak>"),
        ("<p>Hello</p>", 1, 1, "<speak>"),
        ("<speak>\nHello", 2, 6, "</speak>"),
        ("<speak>\n<p>Hello</speak>", 2, 9, "</p>"),
        ("<speak>a</speak> b", 1, 18, "follow"),
        ("<speak>a</speak><speak/>", 1, 17, "follow"),
        ("<speak></p></speak>", 1, 8, "</speak>"),
        ("<speak>AT&T</speak>", 1, 10, "&amp;"),
        ("<speak>&nbsp;</speak>", 1, 8, "&amp;"),
        ("<speak>&#0;</speak>", 1, 8, "&amp;"),
        ("<speak>5 < 6</speak>", 1, 10, "&lt;"),
        ("<speak>a<b</speak>", 1, 9, "&lt;"),
        ("<speak><p a=b></p></speak>", 1, 8, "attributes"),
        ("<speak><p a='1' a='2'/></speak>", 1, 8, "twice"),
        ("<speak><!-- x</speak>", 1, 22, "-->"),
        ("<!DOCTYPE speak [<!ENTITY a \"b\">]><speak>&a;</speak>", 1, 1, "DOCTYPE"),
        ("<speak><!ENTITY a \"b\"></speak>", 1, 8, "ENTITY"),
        (deep.as_str(), 1, 8 + 3 * (MAX_DEPTH - 1), "deep"),
    ] {
        let error = check(document).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{document}: {error}");
        assert!(error.message.contains(named), "{document}: {error}");
        // What stands before is read, and nothing after it.
        let mut reader = Reader::ssml("");
        reader.push(document);
        reader.finish();
        while reader.next().is_some_and(|part| part.is_ok()) {}
        assert!(reader.next().is_none(), "{document}");
    }
}

#[test]
fn reading_begins_before_the_document_ends() {
    let mut reader = Reader::ssml("");
    reader.push("<speak>One. <mark name='m'/>T");
    let parts: Vec<_> = std::iter::from_fn(|| reader.next()).map(Result::unwrap).collect();
    assert!(
        matches!(&parts[..], [Part::Text(one), Part::Cue(..), Part::Text(t)] if one.read == "One. " && t.read == "T"),
        "{parts:?}"
    );
}

#[test]
fn hostile_documents_cost_little() {
    for unit in [
        "a",
        "<s>",
        "<s/>",
        "<s ",
        "<s a='",
        "&amp;",
        "&",
        "<!--",
        "-",
        "<![CDATA[",
        "]",
        "<break/>",
        "<mark name='a'/>",
        "</s>",
        "<prosody rate='+1%'>",
        "<x y='z'/>",
        "é",
        "<say-as interpret-as='characters'>",
        "<s a='b' c='d' e='f'/>",
        "<",
        "\n",
        " ",
    ] {
        let document = format!("<speak>{}", unit.repeat((1 << 20) / unit.len()));
        let mut reader = Reader::ssml("");
        reader.push(&document);
        reader.finish();
        let mut bytes = 0;
        while let Some(Ok(part)) = reader.next() {
            if let Part::Text(text) = part {
                bytes += text.read.len();
            }
        }
        assert!(bytes <= document.len(), "{unit}");
        assert!(reader.warnings().len() < 100);
        let few = &document[..document.floor_char_boundary(1 << 15)];
        assert_eq!(
            read(Reader::ssml(""), &pieces(few, &[1])).map_err(|error| error.byte),
            read(Reader::ssml(""), &[few]).map_err(|error| error.byte),
            "{unit}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn pieces_are_read_as_the_whole(
        inner in r#"([ .a1é\n&<>"]|</?p>|</s>|<s>|<s xml:lang="fr">|<break/>|<break time='1s'/>|<mark name="m"/>|<prosody rate="fast">|</prosody>|<sub alias="b&amp;c">|</sub>|<voice name="v">|</voice>|&amp;|&#65;|<!-- c -->|<!\[CDATA\[ x\]\]>|<say-as interpret-as="digits">|</say-as>|<phoneme ph="x">|</phoneme>|<x/>){0,20}"#,
        lengths in prop::collection::vec(1..6usize, 1..6),
    ) {
        let document = format!("<speak>{inner}</speak>");
        let whole = read(Reader::ssml("en"), &[&document]);
        if let Ok(whole) = &whole {
            whole.check(&document);
        }
        prop_assert_eq!(read(Reader::ssml("en"), &pieces(&document, &lengths)), whole);
    }

    #[test]
    fn well_formed_documents_are_read(
        words in prop::collection::vec((r#"[a-z .&<]{0,9}"#, 0..8usize), 0..12),
        lengths in prop::collection::vec(1..9usize, 1..4),
    ) {
        let written: String = words.iter().map(|(word, element)| {
            let word = word.replace('&', "&amp;").replace('<', "&lt;");
            match element {
                0 => format!("<p>{word}</p>"),
                1 => format!("<prosody rate=\"fast\">{word}</prosody>"),
                2 => format!("<voice name=\"v\">{word}</voice>"),
                3 => format!("<sub alias=\"alias\">{word}</sub>"),
                4 => format!("{word}<break/>"),
                5 => format!("<lang xml:lang=\"de\">{word}</lang><mark name=\"m\"/>"),
                6 => format!("<!-- <b> --><phoneme ph=\"ab\">{word}</phoneme>"),
                _ => word,
            }
        }).collect();
        let document = format!("<speak>{written}</speak>");
        let whole = read(Reader::ssml("en"), &[&document]).unwrap();
        whole.check(&document);
        prop_assert_eq!(read(Reader::ssml("en"), &pieces(&document, &lengths)).unwrap(), whole);
    }
}
