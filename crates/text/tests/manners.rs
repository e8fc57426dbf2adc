//! What is read of texts that are written for the eye.

#![allow(clippy::unwrap_used)]

mod common;

use chanter_text::{Part, Reader};
use common::{pieces, read};
use proptest::prelude::*;

fn shown(text: &str) -> String {
    let reading = read(Reader::manners(), &[text]).unwrap();
    reading.check(text);
    reading.shown
}

/// What is written, and what is read; `|` ends a sentence.
const CASES: &[(&str, &str)] = &[
    // Emphasis
    ("**Hello** *world*, __you__ and _me_.", "Hello world, you and me."),
    ("***Very*** ~~not~~ important", "Very not important"),
    ("**Note:** read this. *Really.*", "Note: read this. Really."),
    ("*Hello. How are you?*", "Hello. How are you?"),
    ("这是**重点**内容", "这是重点内容"),
    ("\"*Well*\", (**he**) said", "\"Well\", (he) said"),
    ("**a*b**", "a*b"),
    // Headings
    ("# Title\nText", "Title\n|Text"),
    ("## Title ##\n\nText", "Title \n|Text"),
    ("Title\n=====\nText", "Title\n|Text"),
    ("Text.\n### C# and F#\nMore", "Text.\n|C# and F#\n|More"),
    // Lists
    ("Buy:\n- milk\n- eggs and\n  bacon\n\nThen go.", "Buy:\n|milk\n|eggs and\n  bacon\n|Then go."),
    ("* one\n* two", "one\n|two"),
    ("• one\n  ◦ two", "one\n|two"),
    ("- [ ] call\n- [x] **write**", "call\n|write"),
    ("1. First\n2. Second\n3. Third", "1. First\n|2. Second\n|3. Third"),
    ("1) First\n\n2) Second", "1) First\n\n|2) Second"),
    // Links and images
    ("See [the site](https://example.com/a?b=c \"title\").", "See the site."),
    ("A ![red *fox*](fox.png) here", "A red fox here"),
    ("[![logo](a.png)](https://b.c) [x][1] [y][]", "logo x y"),
    ("[1]: https://example.com\nText[^1].\n\n[^1]: A note", "\nText.\n\n|A note"),
    ("an array[i](x), [sic] and [1], [2]", "an array[i](x), [sic] and [1], [2]"),
    // Code
    ("Run `ls -l *.rs` now", "Run ls -l *.rs now"),
    ("Use ``a`b`` or `c", "Use a`b or c"),
    ("So:\n```rust\nlet x = 1;\n\n# no heading\n```\nDone.", "So:\n|Done."),
    ("~~~\nRoses are red\nViolets\n~~~\nDone.", "Roses are red\n|Violets\n|Done."),
    // Quotations, rules, tables
    ("> He said\n> so.\n\nI left.", "He said\nso.\n|I left."),
    ("> - quoted item\nNot quoted", "quoted item\nNot quoted"),
    ("One\n\n---\n\nTwo", "One\n\n|Two"),
    ("| Name | Age |\n|------|----:|\n| Ann | 5 |\n| Bob | |", "Name , Age \n|Ann , 5 \n|Bob , "),
    // HTML
    ("<p>Hello <b>big</b> world</p><p>Bye</p>", "Hello big world|Bye|"),
    ("one<br>two<br/>three", "one\ntwo\nthree"),
    ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "\n|one|two|"),
    ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A, B|1, 2|"),
    ("a<script>x < y</script> b<!-- c --> d<style>p {}</style>", "a b d"),
    ("<!DOCTYPE html><title>T</title><img src=x alt=\"a cat\"> and <img src=y>", "a cat and "),
    ("R&amp;D &lt;b&gt; &#233;&#x1F600; &nbsp;5&euro; AT&T; &co", "R&D <b> é😀  5€ AT&T; &co"),
    ("a <span lang=\"fr\">très <span>bon</span></span> b", "a {in fr}très bon{in } b"),
    // Addresses
    ("Go to https://www.example.com/docs/?q=1.", "Go to example.com/docs."),
    ("<https://example.com> or <joe@example.com>", "example.com or joe@example.com"),
    ("Mail mailto:joe@example.com, or joe@example.com", "Mail joe@example.com, or joe@example.com"),
    ("[https://a.org/x](https://a.org/x)", "a.org/x"),
    // Pictures
    ("Great 👍🏽! I ❤️ it 👩‍👩‍👧. 🇩🇪", "Great ! I  it . "),
    ("Done🎉Next", "Done Next"),
    ("1️⃣ one ☕", "1 one "),
    ("Wow!😀 Yes👍. No👨‍👩‍👦no", "Wow! Yes. No no"),
    // Phonemes
    ("say [[ h@'l*o_u <b> ]] *now*", "say [[ h@'l*o_u <b> ]] now"),
    ("say [[ *oops*\n*now*", "say [[ *oops*\nnow"),
    // A backslash
    ("\\*not\\* \\# a\\b", "*not* # a\\b"),
];

/// What must be read as it stands.
const PLAIN: &[&str] = &[
    "5 < 6 and 7 > 6, a<b, x <- y, <5 and <your name>",
    "a*b, 2 * 3 * 4, 5* hotels, f*** and 2**3",
    "snake_case and file_name.txt, a_ _ b",
    "C# and F# are #1, #hashtag\n#2 is next",
    "AT&T, R&D and Q&A; fish & chips &",
    "1. January\n\nIs a day.",
    "Am 1. Januar um 12:30 Uhr kostet es 3,50 € oder 1.000 $.",
    "It is ~5 km, or ~~ 5. Well -- so - what?",
    "- ",
    "-5 degrees\n+ 5 degrees\n>5 is more\n=5",
    "\"What!?\" (she) asked [him]: well... yes!",
    "Hello world. How are you?\n\nFine; thanks.\nBye",
    "C:\\Windows\\System32 and a/b",
    "|x| is |y|, a || b",
    "Hawai`i, it's 5'10\"",
    "https:// and www. are not all",
    "© 2024 ™ → ♯ ② ½ €",
    "  indented\n\ttext",
    "你好。世界！ Привет, мир. مرحبا",
    "wow, how, from, mum http",
    "a\r\nb\r\n\r\nc",
];

#[test]
fn texts_are_read_as_a_person_would() {
    let read = CASES.iter().map(|(text, expected)| (*text, shown(text), *expected));
    let wrong: Vec<_> = read.filter(|(_, read, expected)| read != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn other_texts_are_read_as_they_stand() {
    for text in PLAIN {
        assert_eq!(shown(text), *text);
    }
}

#[test]
fn nothing_is_held_back_that_is_known() {
    for (text, expected) in [
        ("Hello world. And", "Hello world. And"),
        ("# Title\n", "Title\n|"),
        ("**bold and [a link](", "bold and "),
        ("see http", "see "),
        ("one <b>two</b", "one two"),
        ("```\nline one\nline", "line one\n|line"),
        ("- one\n- two", "one\n|two"),
        ("[[ phonemes", "[[ phonemes"),
        ("wait! ", "wait! "),
    ] {
        let mut reader = Reader::manners();
        reader.push(text);
        let mut found = String::new();
        while let Some(part) = reader.next() {
            match part.unwrap() {
                Part::Text(text) => found.push_str(&text.read),
                Part::Cue(..) => found.push('|'),
                Part::Phonemes(_) => unreachable!(),
            }
        }
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn hostile_texts_cost_little() {
    for unit in [
        "*",
        "_",
        "[",
        "<",
        "&",
        "`",
        "!",
        "![",
        "[a](",
        "<a ",
        "<b x=\"",
        "&am",
        "\\",
        "#",
        "~",
        "> ",
        "- ",
        "|",
        "[[",
        "]",
        "<!--",
        "https://",
        "h",
        " ",
        "\n",
        "👍",
        "<p lang=x>",
        "[^",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let reading = read(Reader::manners(), &[&text]).unwrap();
        assert!(reading.read.len() <= text.len(), "{unit}");
        let few = &text[..text.floor_char_boundary(1 << 15)];
        let live = read(Reader::manners(), &pieces(few, &[1])).unwrap();
        assert_eq!(live, read(Reader::manners(), &[few]).unwrap(), "{unit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn pieces_are_read_as_the_whole(
        text in r"([*_~`#<>&|\[\]()!\\ .a1é\n:-]|\*\*|\[\[|\]\]|<b>|</p>|<p lang=fr>|<br>|\[a\]\(b\)|- |> |# |```\n|\n\n|1\. |2\. |https://a\.b/c |&amp;|👍|\u{200d}|\u{fe0f}|<script>|</script>|<!--|-->|<td>|\\|---|\| a \| b \|\n){0,30}",
        lengths in prop::collection::vec(1..6usize, 1..6),
    ) {
        let whole = read(Reader::manners(), &[&text]).unwrap();
        whole.check(&text);
        prop_assert_eq!(read(Reader::manners(), &pieces(&text, &lengths)).unwrap(), whole);
    }

    #[test]
    fn words_are_read_as_they_stand(text in r#"[A-Za-zäéß0-9,.;:?!'()%$€“”…。你 \n"]{0,60}"#) {
        let reading = read(Reader::manners(), &[&text]).unwrap();
        prop_assert_eq!(&reading.read, &text);
        // Only lines that are numbered one after another are a list.
        prop_assert!(!reading.shown.contains('|') || text.contains('2'));
    }
}
