//! A connection that is patient, up to a point.
//!
//! A reader who takes nothing for too long is cut off.
//!
//! And it ends so that the client gets to read the last answer. A server that closes a socket with bytes left unread (the
//! rest of a body that is too long, say) resets the connection, and the reset can overtake the answer. So we end our side,
//! then read and throw away what still comes, within limits.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// The longest that a client may take to end its side.
const TIME: Duration = Duration::from_secs(2);
/// The most that is thrown away.
const BYTES: usize = 16 << 20;

pub(crate) struct Linger {
    stream: TcpStream,
    patience: Duration,
    /// Until then the reader has to take something; while there is something to take.
    taken_by: Option<Pin<Box<Sleep>>>,
    /// Our side has ended; until then we wait for theirs.
    until: Option<Pin<Box<Sleep>>>,
    thrown_away: usize,
}

impl Linger {
    /// Its reader may take nothing for as long as `patience`.
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, taken_by: None, until: None, thrown_away: 0 }
    }

    /// What came of a write, unless it has waited for too long.
    fn in_time(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.taken_by = None;
            return written;
        }
        let patience = self.patience;
        ready!(self.taken_by.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "its reader took nothing for too long")))
    }
}

impl AsyncRead for Linger {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Linger {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.in_time(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let until = match &mut this.until {
            Some(until) => until,
            none => {
                ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                none.insert(Box::pin(sleep(TIME)))
            }
        };
        while this.thrown_away < BYTES && until.as_mut().poll(cx).is_pending() {
            let mut scratch = [0; 8 << 10];
            let mut scratch = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut this.stream).poll_read(cx, &mut scratch)) {
                Ok(()) if !scratch.filled().is_empty() => this.thrown_away += scratch.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.in_time(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
