//! Who fetches: an HTTP client, and its patience.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::{Response, header};
use ureq::{Agent, Body};

use crate::address::Address;
use crate::catalogue::MAX_CATALOGUE_BYTES;
use crate::{Catalogue, Error, ErrorKind, Result};

const MAX_REDIRECTS: u32 = 5;

/// How long a server is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// For its name to be found, and again for it to be connected to.
    pub connect: Duration,
    /// For it to send anything at all.
    pub silence: Duration,
    /// For a whole catalogue.
    pub catalogue: Duration,
    /// Before each other try for a file, when the network or the server fails; a try that brought something starts them over.
    pub pauses: Vec<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            catalogue: Duration::from_secs(60),
            pauses: [500, 2000, 5000].map(Duration::from_millis).to_vec(),
        }
    }
}

/// Fetches catalogues and voices. Proxies are as the environment says (`HTTPS_PROXY`, `NO_PROXY` and so on). Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    pub(crate) patience: Patience,
}

/// Why a request brought nothing.
pub(crate) enum Trouble {
    /// Another try may do.
    Passing(Error),
    /// What came is not what was promised.
    Mismatch(Error),
    /// It will not do.
    Lasting(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

impl Trouble {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Passing(error) | Self::Mismatch(error) | Self::Lasting(error) => error,
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Patience::default())
    }
}

impl Client {
    /// One with this patience.
    pub fn new(patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(MAX_REDIRECTS)
            .user_agent(concat!("chanter/", env!("CARGO_PKG_VERSION")))
            // Parts of what is compressed on the way would be parts of something else.
            .accept_encoding("identity")
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_per_read(Some(patience.silence))
            .timeout_per_write(Some(patience.silence))
            .build();
        Self { agent: Agent::new_with_config(config), patience }
    }

    /// Fetches a catalogue; `address` is of its file, such as [`Catalogue::PIPER`] or that of a mirror.
    ///
    /// # Errors
    /// [`ErrorKind::Network`], or as [`Catalogue::parse`].
    pub fn catalogue(&self, address: &str) -> Result<Catalogue> {
        let at = Address::parse(address)?;
        let mut json = Vec::new();
        let body = self.get(&at, None, Some(self.patience.catalogue)).map_err(Trouble::into_error)?.into_body();
        // One byte more than the limit, which the parser then finds too many.
        let mut body = body.into_with_config().limit(u64::MAX).reader().take(MAX_CATALOGUE_BYTES + 1);
        body.read_to_end(&mut json).map_err(|e| failed(&at, e.into()).into_error())?;
        Catalogue::parse(json, address)
    }

    /// Asks for a file, or for what follows the first so many bytes of its version `etag`. The answer is 200, 206 or 416.
    pub(crate) fn get(
        &self,
        address: &Address,
        from: Option<(u64, Option<&str>)>,
        timeout: Option<Duration>,
    ) -> Result<Response<Body>, Trouble> {
        let request = self.agent.get(address.uri());
        let mut request = request.config().https_only(address.is_https()).timeout_global(timeout).build();
        if let Some((at, etag)) = from {
            request = request.header(header::RANGE, format!("bytes={at}-"));
            if let Some(etag) = etag {
                request = request.header(header::IF_RANGE, etag);
            }
        }
        let response = request.call().map_err(|e| failed(address, e))?;
        let (host, status) = (address.host(), response.status().as_u16());
        let refused = |what: &str| Error::new(ErrorKind::Network, format!("{host} {what}: {}", address.shown()));
        match status {
            200 | 206 | 416 => {}
            404 | 410 => return Err(refused(&format!("does not have this file (status {status})")).into()),
            429 | 500.. => {
                return Err(Trouble::Passing(refused(&format!("answered with status {status}; try again later"))));
            }
            _ => return Err(refused(&format!("answered with status {status}")).into()),
        }
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if status != 416 && kind.trim().to_ascii_lowercase().starts_with("text/html") {
            return Err(refused("sent a web page in place of the file").into());
        }
        Ok(response)
    }
}

/// What a failed request or a broken answer means.
pub(crate) fn failed(address: &Address, error: ureq::Error) -> Trouble {
    use ureq::Error as E;
    let host = address.host();
    let say = |message: String| Error::new(ErrorKind::Network, message);
    let passing = match &error {
        // What is not TLS, or a certificate that is not trusted, will be so next time.
        E::Io(e) => e.kind() != io::ErrorKind::InvalidData,
        E::HostNotFound | E::ConnectionFailed | E::ConnectProxyFailed(_) | E::Protocol(_) | E::BodyStalled => true,
        _ => false,
    };
    match error {
        E::Timeout(_) => Trouble::Passing(say(format!("{host} does not answer; check the network and try again"))),
        E::TooManyRedirects => {
            say(format!("{host} passes the request on more than {MAX_REDIRECTS} times: {}", address.shown())).into()
        }
        E::RequireHttpsOnly(_) => {
            say(format!("{host} passes a request for an https address on to one without: {}", address.shown())).into()
        }
        _ if passing => Trouble::Passing(say(format!(
            "{host} could not be reached, or broke off ({error}); check the network and try again"
        ))),
        _ => say(format!("{host} could not be asked ({error}): {}", address.shown())).into(),
    }
}
