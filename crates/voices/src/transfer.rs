//! Brings one file: goes on where it left off, and checks length and digest.

use std::io::Read;
use std::ops::ControlFlow;
use std::thread;

use ureq::Body;
use ureq::http::{Response, header};

use crate::client::{Trouble, failed};
use crate::part::Part;
use crate::{Accept, Client, Error, ErrorKind, RemoteFile, Result};

/// Bytes that are taken at once.
const PIECE: usize = 64 << 10;

/// One file, and what must be true of it.
pub(crate) struct Transfer<'t> {
    pub(crate) client: &'t Client,
    pub(crate) file: &'t RemoteFile,
    pub(crate) accept: Accept,
    /// More bytes are never taken.
    pub(crate) limit: u64,
    /// Is told how much is here, and says whether to go on.
    pub(crate) told: &'t mut dyn FnMut(u64) -> ControlFlow<()>,
}

impl Transfer<'_> {
    /// Completes a part.
    pub(crate) fn run(&mut self, part: &mut Part) -> Result<()> {
        // An unfinished file is gone on with where something can tell whether it is the same one: its ETag, or the digest.
        let known = part.etag().is_some() || (self.file.digest.is_some() && self.accept == Accept::AsListed);
        if !known {
            part.restart(None)?;
        }
        let resumed = part.bytes() > 0;
        let mut brought = self.bring(part);
        if resumed && matches!(brought, Err(Trouble::Mismatch(_))) {
            // The beginning may have been of another version: once more, from the start.
            log::debug!("{}: begins again", self.file.url());
            part.restart(None)?;
            brought = self.bring(part);
        }
        if matches!(brought, Err(Trouble::Mismatch(_))) {
            part.restart(None)?;
        }
        brought.map_err(Trouble::into_error)
    }

    /// Pulls until all is here, with pauses.
    fn bring(&mut self, part: &mut Part) -> Result<(), Trouble> {
        let mut pauses = self.client.patience.pauses.iter();
        let mut furthest = part.bytes();
        self.tell(part)?;
        while self.promised() != Some(part.bytes()) {
            match self.pull(part) {
                Ok(()) => break,
                Err(Trouble::Passing(error)) => {
                    if part.bytes() > furthest {
                        furthest = part.bytes();
                        pauses = self.client.patience.pauses.iter();
                    }
                    let Some(&pause) = pauses.next() else { return Err(Trouble::Lasting(error)) };
                    log::debug!("{error}");
                    self.tell(part)?;
                    thread::sleep(pause);
                }
                Err(trouble) => return Err(trouble),
            }
        }
        match (&self.file.digest, self.accept) {
            (Some(digest), Accept::AsListed) if !part.has(digest)? => {
                let name = digest.name();
                Err(self.mismatch(&format!("its {name} is not the one that the catalogue lists")))
            }
            _ => Ok(()),
        }
    }

    /// One request. When it returns without an error, all is here.
    fn pull(&mut self, part: &mut Part) -> Result<(), Trouble> {
        let (client, file) = (self.client, self.file);
        let at = part.bytes();
        let from = (at > 0).then_some((at, part.etag()));
        let response = client.get(&file.address, from, None)?;
        let (start, total) = self.place(&response, at)?;
        if response.status() == 416 {
            // Nothing comes after what is here: that is all, if it is as long as the whole.
            return if total == Some(at) && self.promised().is_none() { Ok(()) } else { Err(self.wrong_length(total)) };
        }
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        if total.is_some_and(|total| total > self.limit || self.promised().is_some_and(|promised| total != promised)) {
            return Err(self.wrong_length(total));
        }
        if start == 0 {
            part.restart(etag.as_deref())?;
        } else if part.etag().is_some() && etag.is_some() && part.etag() != etag.as_deref() {
            return Err(self.mismatch("it has changed meanwhile"));
        }
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut piece = vec![0; PIECE];
        loop {
            let count = body.read(&mut piece).map_err(|e| failed(&file.address, e.into()))?;
            if count == 0 {
                break;
            }
            if part.bytes() + count as u64 > self.promised().unwrap_or(self.limit) {
                return Err(self.wrong_length(None));
            }
            part.write(&piece[..count])?;
            self.tell(part)?;
        }
        match self.promised().or(total) {
            // It ended early, but not by a fault that was noticed; what is missing is asked for.
            Some(whole) if part.bytes() < whole => {
                let message = format!("{} broke off; try again", file.address.host());
                Err(Trouble::Passing(Error::new(ErrorKind::Network, message)))
            }
            _ => Ok(()),
        }
    }

    /// Where an answer's body starts in the file, and how long the whole file is.
    fn place(&self, response: &Response<Body>, at: u64) -> Result<(u64, Option<u64>), Trouble> {
        let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let (start, total) = range.and_then(content_range).unwrap_or_default();
        match response.status().as_u16() {
            206 if at > 0 && start == Some(at) => Ok((at, total)),
            206 => {
                let (host, url) = (self.file.address.host(), self.file.url());
                let message = format!("{host} sent another part of the file than was asked for: {url}");
                Err(Error::new(ErrorKind::Network, message).into())
            }
            416 => Ok((at, total)),
            _ => Ok((0, response.body().content_length())),
        }
    }

    /// How long the file must be.
    fn promised(&self) -> Option<u64> {
        (self.accept == Accept::AsListed).then_some(self.file.bytes)
    }

    fn tell(&mut self, part: &Part) -> Result<()> {
        match (self.told)(part.bytes()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                let message = format!("{}: was given up; what was fetched is kept", self.file.url());
                Err(Error::new(ErrorKind::Cancelled, message))
            }
        }
    }

    fn wrong_length(&self, came: Option<u64>) -> Trouble {
        let came = came.map_or("more".to_owned(), |came| came.to_string());
        match self.promised() {
            Some(promised) => {
                self.mismatch(&format!("the catalogue says that it has {promised} bytes, the server says {came}"))
            }
            None => self.mismatch(&format!("it may have {} bytes at most, the server says {came}", self.limit)),
        }
    }

    fn mismatch(&self, why: &str) -> Trouble {
        let remedy = match self.accept {
            Accept::AsListed => "the catalogue may be out of date; whoever trusts the server can fetch it unchecked",
            Accept::AsServed => "try again later",
        };
        let message = format!("{}: {why}. Nothing of it was kept; {remedy}", self.file.url());
        Trouble::Mismatch(Error::new(ErrorKind::Mismatch, message))
    }
}

/// First byte and length of the whole: `bytes 2-9/10`, `bytes 2-9/*`, `bytes */10` (RFC 9110, section 14.4).
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-').and_then(|(first, _)| first.parse().ok()), total.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::content_range;

    #[test]
    fn ranges() {
        for (text, range) in [
            ("bytes 2-9/10", Some((Some(2), Some(10)))),
            ("bytes 2-9/*", Some((Some(2), None))),
            ("bytes */10", Some((None, Some(10)))),
            ("bytes x-y/z", Some((None, None))),
            ("lines 2-9/10", None),
            ("", None),
        ] {
            assert_eq!(content_range(text), range, "{text}");
        }
    }
}
