//! Tags of HTML.

use std::ops::Range;

use crate::cursor::{Cursor, Look, Miss};

/// Bytes of a tag. What is longer is no tag.
const LONGEST: usize = 1024;

/// What an element means to somebody who reads it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Part of a sentence.
    Inline,
    /// Begins and ends sentences.
    Block,
    /// A cell of a table.
    Cell,
    /// Its text is read.
    Image,
    /// Nothing in it is read.
    Unread,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) closes: bool,
    /// It has no contents and no end tag.
    pub(crate) empty: bool,
    /// An image's text, where it stands.
    pub(crate) alt: Option<Range<usize>>,
    pub(crate) language: Option<String>,
    /// The bytes that it takes.
    pub(crate) len: usize,
}

/// HTML's elements, and those of speech markup that get into texts. In mathematics and programs `<` begins other things, so
/// what is none of these is no tag.
const INLINE: &str = "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark meter output q ruby s samp \
    small span strike strong sub sup time tt u var wbr picture audio video source track map area object param embed canvas noscript button \
    input base link meta break emphasis prosody say-as phoneme voice lang speak w token";
const BLOCKS: &str = "address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt fieldset \
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p section select \
    summary table tbody tfoot thead tr ul";
const UNREAD: &str = "script style template svg math head title pre textarea iframe rp rt";
/// Those without an end tag.
const EMPTY: &str = "area base br col embed hr img input link meta param source track wbr break";
/// Attributes that stand without a value.
const FLAGS: &str = "allowfullscreen async autofocus autoplay checked compact controls default defer disabled download hidden inert ismap \
    itemscope loop multiple muted nomodule noshade novalidate nowrap open playsinline readonly required reversed selected";

fn kind(name: &str) -> Option<Kind> {
    let among = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    match name {
        "td" | "th" => Some(Kind::Cell),
        "img" => Some(Kind::Image),
        _ if among(INLINE) => Some(Kind::Inline),
        _ if among(BLOCKS) => Some(Kind::Block),
        _ if among(UNREAD) => Some(Kind::Unread),
        _ => None,
    }
}

/// The tag that a text begins with.
pub(crate) fn tag(text: &str, whole: bool) -> Look<Tag> {
    let mut cursor = Cursor::new(text, whole, LONGEST);
    cursor.expect('<')?;
    let closes = cursor.eat(|c| c == '/')?;
    let start = cursor.at();
    if !cursor.eat(|c| c.is_ascii_alphabetic())? {
        return Err(Miss::Not);
    }
    cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '-')?;
    let name = cursor.since(start).to_ascii_lowercase();
    let kind = kind(&name).ok_or(Miss::Not)?;
    let empty = EMPTY.split_ascii_whitespace().any(|known| known == name);
    let mut tag = Tag { name, kind, closes, empty, alt: None, language: None, len: 0 };
    loop {
        let spaced = !cursor.take_while(|c| c.is_ascii_whitespace())?.is_empty();
        if cursor.eat(|c| c == '>')? {
            tag.len = cursor.at();
            return Ok(tag);
        }
        if cursor.eat(|c| c == '/')? {
            tag.empty = true;
            cursor.expect('>')?;
            tag.len = cursor.at();
            return Ok(tag);
        }
        if !spaced || closes {
            return Err(Miss::Not);
        }
        attribute(text, &mut cursor, &mut tag)?;
    }
}

fn attribute(text: &str, cursor: &mut Cursor<'_>, tag: &mut Tag) -> Look<()> {
    let start = cursor.at();
    if !cursor.eat(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ':' | '@'))? {
        return Err(Miss::Not);
    }
    cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '@'))?;
    let name = cursor.since(start).to_ascii_lowercase();
    let mut after = cursor.clone();
    after.take_while(|c| c.is_ascii_whitespace())?;
    if !after.eat(|c| c == '=')? {
        let is_flag = FLAGS.split_ascii_whitespace().any(|known| known == name);
        return if is_flag { Ok(()) } else { Err(Miss::Not) };
    }
    *cursor = after;
    cursor.take_while(|c| c.is_ascii_whitespace())?;
    let quote = cursor.peek()?.filter(|c| matches!(c, '"' | '\''));
    let mut start = cursor.at();
    let end;
    match quote {
        Some(quote) => {
            cursor.next()?;
            start = cursor.at();
            cursor.take_while(|c| c != quote)?;
            end = cursor.at();
            cursor.expect(quote)?;
        }
        None => {
            cursor.take_while(|c| !c.is_ascii_whitespace() && !"<>\"'=`".contains(c))?;
            end = cursor.at();
            if end == start {
                return Err(Miss::Not);
            }
        }
    }
    match name.as_str() {
        "alt" => tag.alt = Some(start..end),
        "lang" | "xml:lang" => tag.language = text.get(start..end).map(str::to_owned),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_other_things() {
        for (text, name, len) in [
            ("<b>x", "b", 3),
            ("</EM >", "em", 6),
            ("<br/>", "br", 5),
            ("<a href='x>y' target=_blank>z", "a", 28),
            ("<input disabled>", "input", 16),
            ("<h1\nid = \"x\">", "h1", 13),
        ] {
            let tag = tag(text, true).unwrap();
            assert_eq!((tag.name.as_str(), tag.len), (name, len), "{text}");
        }
        for text in [
            "< b>",
            "<5",
            "<b and c> d",
            "<T>",
            "<String>",
            "<your name>",
            "<b",
            "<a href=\"x",
            "<-",
            "</b x>",
            "<b<i>",
            "<pa>",
            "<i=0",
        ] {
            assert_eq!(tag(text, true), Err(Miss::Not), "{text}");
        }
        for text in ["<", "<b", "</", "<a href=\"x", "<a href", "<a href ", "<spa"] {
            assert_eq!(tag(text, false), Err(Miss::More), "{text}");
        }
        let image = "<img src=x alt=\"a cat\" />";
        let tag = tag(image, true).unwrap();
        assert_eq!((&image[tag.alt.unwrap()], tag.empty), ("a cat", true));
        let tag = super::tag("<span lang=fr>", true).unwrap();
        assert_eq!(tag.language.as_deref(), Some("fr"));
        let long = format!("<a href=\"{}", "x".repeat(LONGEST));
        assert_eq!(super::tag(&long, false), Err(Miss::Not));
    }
}
