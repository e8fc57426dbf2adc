//! What answers are.

use std::collections::BTreeMap;

use chanter_http::Format;
use serde::Serialize;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa::{IntoResponses, ToSchema};

/// Answers with this are errors.
const REFUSALS: [(&str, &str); 8] = [
    ("400", "A field is wrong, or the body"),
    ("401", "A key is needed"),
    ("403", "This server does not allow it"),
    ("404", "There is none"),
    ("413", "The text or the body is too long"),
    ("415", "The body is of a type that is not read"),
    ("429", "Too many requests; Retry-After says when to try again"),
    ("503", "Busy, or not ready yet; Retry-After says when to try again"),
];

/// An error; OpenAI's have all fields.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refused {
    #[schema(inline)]
    error: Reason,
}

#[derive(Serialize, ToSchema)]
struct Reason {
    /// One line for people.
    message: String,
    /// A word for programs.
    r#type: String,
    /// The field that it is about.
    param: Option<String>,
    /// Where OpenAI's clients ask.
    code: Option<String>,
}

/// A speech in some format, or its timings.
pub(crate) struct Spoken;

/// JSON whose form is another's.
pub(crate) struct Found;

/// A text.
pub(crate) struct Plain;

impl IntoResponses for Spoken {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bytes = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        let audio = Format::ALL.iter().map(|format| (format.content_type(), bytes()));
        let timings = [
            "application/x-ndjson",
            "text/event-stream",
            "application/x-subrip; charset=utf-8",
            "text/vtt; charset=utf-8",
        ];
        let all = audio.chain(timings.map(|name| (name, text()))).map(|(name, schema)| (name, schema.into()));
        let timed = ("application/json", ObjectBuilder::new().schema_type(Type::Object).into());
        responses("Speech, sent while it is made; or its timings", all.chain([timed]))
    }
}

impl IntoResponses for Found {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let object = ObjectBuilder::new().schema_type(Type::Object).into();
        responses("What there is", [("application/json", object)])
    }
}

impl IntoResponses for Plain {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses("Done", [("text/plain; charset=utf-8", text().into())])
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// 200 with one of these contents, or an error.
fn responses(
    description: &str,
    contents: impl IntoIterator<Item = (&'static str, Schema)>,
) -> BTreeMap<String, RefOr<Response>> {
    let contents =
        contents.into_iter().map(|(name, schema)| (name, ContentBuilder::new().schema(Some(schema)).build()));
    let good = contents
        .fold(ResponseBuilder::new().description(description), |answer, (name, content)| answer.content(name, content));
    let refused = || ContentBuilder::new().schema(Some(Ref::from_schema_name(Refused::name()))).build();
    let bad = REFUSALS
        .map(|(status, why)| (status, ResponseBuilder::new().description(why).content("application/json", refused())));
    [("200", good)].into_iter().chain(bad).map(|(status, answer)| (status.to_owned(), answer.build().into())).collect()
}
