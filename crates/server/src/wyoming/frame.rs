//! Events as they are on the wire: a line of JSON, `{"type", "data"?, "data_length"?, "payload_length"?}`, then so many
//! bytes of JSON, merged over `data`, then so many of a payload.

use std::io;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

/// Bytes of a payload that are passed over; nothing that is said to us has a use for one.
const MAX_PAYLOAD: u64 = 1 << 20;

/// Something that one says to the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) kind: String,
    pub(super) data: Map<String, Value>,
    pub(super) payload: Vec<u8>,
}

/// Why no event can be read any more.
#[derive(Debug)]
pub(super) enum Broken {
    /// What came is no event.
    Wrong(String),
    /// The connection.
    Off(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Off(error)
    }
}

impl Event {
    pub(super) fn new(kind: &str, data: Value) -> Self {
        let data = if let Value::Object(data) = data { data } else { Map::new() };
        Self { kind: kind.to_owned(), data, payload: Vec::new() }
    }

    pub(super) fn error(text: &str, code: &str) -> Self {
        Self::new("error", json!({"text": text, "code": code}))
    }

    /// A field that is a string.
    pub(super) fn string(&self, name: &str) -> Option<&str> {
        self.data.get(name)?.as_str()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut head = json!({"type": self.kind});
        let data = if self.data.is_empty() { String::new() } else { Value::from(self.data.clone()).to_string() };
        for (name, length) in [("data_length", data.len()), ("payload_length", self.payload.len())] {
            if length > 0 {
                head[name] = length.into();
            }
        }
        [head.to_string().as_bytes(), b"\n", data.as_bytes(), &self.payload].concat()
    }

    /// Reads the next event, of lines and data of so many bytes at most; none at the end. However long it waits for an
    /// event to begin, it has to be whole within `patience`.
    pub(super) async fn read(
        reader: &mut (impl AsyncBufRead + Unpin),
        most: usize,
        patience: Duration,
    ) -> Result<Option<Self>, Broken> {
        if reader.fill_buf().await?.is_empty() {
            return Ok(None);
        }
        let late = |_| Broken::Wrong(format!("an event took longer than {} seconds to arrive", patience.as_secs_f64()));
        timeout(patience, Self::read_rest(reader, most)).await.map_err(late)?.map(Some)
    }

    async fn read_rest(reader: &mut (impl AsyncBufRead + Unpin), most: usize) -> Result<Self, Broken> {
        let mut line = Vec::new();
        (&mut *reader).take(most as u64 + 1).read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            return Err(match line.len() > most {
                true => Broken::Wrong(format!("an event's line has more than {most} bytes")),
                false => cut_off(),
            });
        }
        let mut head = object(&line)?;
        let length = |name: &str| match head.get(name) {
            None | Some(Value::Null) => Ok(0),
            Some(length) => length.as_u64().ok_or_else(|| Broken::Wrong(format!("{name} must be a number of bytes"))),
        };
        let (data_length, payload_length) = (length("data_length")?, length("payload_length")?);
        for (name, length, most) in
            [("data_length", data_length, most as u64), ("payload_length", payload_length, MAX_PAYLOAD)]
        {
            if length > most {
                return Err(Broken::Wrong(format!("{name} is {length}; at most {most} bytes are taken")));
            }
        }
        let Some(Value::String(kind)) = head.remove("type") else {
            return Err(Broken::Wrong("an event's type must be a string".into()));
        };
        let mut data = match head.remove("data") {
            Some(Value::Object(data)) => data,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err(Broken::Wrong("an event's data must be an object".into())),
        };
        if data_length > 0 {
            let mut bytes = Vec::new();
            if (&mut *reader).take(data_length).read_to_end(&mut bytes).await? as u64 != data_length {
                return Err(cut_off());
            }
            data.extend(object(&bytes)?);
        }
        skip(reader, payload_length).await?;
        Ok(Self { kind, data, payload: Vec::new() })
    }
}

async fn skip(reader: &mut (impl AsyncRead + Unpin), bytes: u64) -> Result<(), Broken> {
    let passed = tokio::io::copy(&mut reader.take(bytes), &mut tokio::io::sink()).await?;
    if passed == bytes { Ok(()) } else { Err(cut_off()) }
}

fn object(json: &[u8]) -> Result<Map<String, Value>, Broken> {
    serde_json::from_slice(json).map_err(|e| Broken::Wrong(format!("an event must be JSON objects: {e}")))
}

fn cut_off() -> Broken {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ended within an event").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Vec<Event>, Broken> {
        let mut reader = bytes;
        let mut all = Vec::new();
        while let Some(event) = Event::read(&mut reader, 100, Duration::from_secs(60)).await? {
            all.push(event);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn data_stand_in_the_line_and_behind_it() {
        let bytes = b"{\"type\":\"a\",\"data\":{\"x\":1,\"y\":2},\"data_length\":9}\n{\"y\": 3 }{\"type\": \"b\", \"payload_length\": 3, \
            \"data\": null}\nxyz{\"type\":\"c\",\"version\":\"1\"}\n";
        let all = read(bytes).await.unwrap();
        let expected = [("a", json!({"x": 1, "y": 3})), ("b", json!({})), ("c", json!({}))];
        assert_eq!(all, expected.map(|(kind, data)| Event::new(kind, data)));
        let mut event = Event::new("audio-chunk", json!({"rate": 1}));
        event.payload = b"12".to_vec();
        let text = String::from_utf8(event.to_bytes()).unwrap();
        assert_eq!(text, "{\"data_length\":10,\"payload_length\":2,\"type\":\"audio-chunk\"}\n{\"rate\":1}12");
    }

    #[tokio::test]
    async fn what_is_no_event_is_refused() {
        let long = format!("{{\"type\":\"{}\"}}\n", "a".repeat(200));
        for (bytes, message) in [
            (&b"GET / HTTP/1.1\n"[..], "JSON"),
            (b"[]\n", "JSON"),
            (b"{}\n", "type"),
            (b"{\"type\":\"a\",\"data\":[]}\n", "data must be"),
            (b"{\"type\":\"a\",\"data_length\":-1}\n", "data_length"),
            (b"{\"type\":\"a\",\"data_length\":101}\n", "at most 100"),
            (b"{\"type\":\"a\",\"payload_length\":99999999}\n", "at most 1048576"),
            (b"{\"type\":\"a\",\"data_length\":2}\n[]", "JSON"),
            (long.as_bytes(), "more than 100 bytes"),
        ] {
            let Err(Broken::Wrong(why)) = read(bytes).await else { panic!("{bytes:?} is taken") };
            assert!(why.contains(message), "{why}");
        }
        for bytes in
            [&b"{\"type\""[..], b"{\"type\":\"a\",\"data_length\":2}\n{", b"{\"type\":\"a\",\"payload_length\":2}\n{"]
        {
            assert!(matches!(read(bytes).await, Err(Broken::Off(_))), "{bytes:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_has_begun_has_to_end() {
        let (mut client, server) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut client, b"{\"type\"").await.unwrap();
        let mut reader = tokio::io::BufReader::new(server);
        let read = Event::read(&mut reader, 100, Duration::from_secs(10)).await;
        assert!(matches!(read, Err(Broken::Wrong(why)) if why.contains("10 seconds")));
    }
}
