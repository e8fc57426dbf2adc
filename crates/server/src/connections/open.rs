//! The open connections. When there are too many, the ones that wait for a request make room, the oldest first: so clients
//! that open connections and send nothing, or a byte a second, keep nobody else out.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

use super::{Options, descriptors};
use crate::admission::Client;

pub(crate) struct Open {
    most: usize,
    most_of_one: usize,
    /// From the oldest to the newest.
    all: Mutex<Vec<Arc<Connection>>>,
}

struct Connection {
    /// None for a proxy, which calls for many.
    client: Option<Client>,
    /// Requests under way.
    requests: AtomicUsize,
    go: Notify,
}

/// A connection's place, until it is dropped.
pub(crate) struct Taken {
    open: Arc<Open>,
    connection: Arc<Connection>,
}

impl Open {
    pub(crate) fn new(options: &Options) -> Self {
        let most = options.max_connections.min(descriptors());
        Self { most, most_of_one: options.max_connections_per_client, all: Mutex::default() }
    }

    /// A place for one more, if need be another's.
    pub(super) fn take(self: &Arc<Self>, client: Option<Client>) -> Option<Arc<Taken>> {
        let mut all = self.all();
        if client.is_some() && all.iter().filter(|other| other.client == client).count() >= self.most_of_one {
            make_room(&mut all, |other| other.client == client)?;
        }
        if all.len() >= self.most {
            make_room(&mut all, |_| true)?;
        }
        let connection = Arc::new(Connection { client, requests: AtomicUsize::new(0), go: Notify::new() });
        all.push(connection.clone());
        Some(Arc::new(Taken { open: self.clone(), connection }))
    }

    /// The number of open connections.
    pub(crate) fn number(&self) -> usize {
        self.all().len()
    }

    /// Closes a connection that waits.
    pub(super) fn make_room(&self) {
        let _ = make_room(&mut self.all(), |_| true);
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(all: &mut Vec<Arc<Connection>>, which: impl Fn(&Connection) -> bool) -> Option<()> {
    let waits = |other: &Arc<Connection>| other.requests.load(Ordering::Acquire) == 0 && which(other);
    let place = all.iter().position(waits)?;
    all.remove(place).go.notify_one();
    Some(())
}

impl Taken {
    /// Others need its place.
    pub(crate) async fn asked_to_go(&self) {
        self.connection.go.notified().await;
    }

    /// A request is under way, until the value is dropped.
    pub(crate) fn busy(&self) -> Request {
        self.connection.requests.fetch_add(1, Ordering::AcqRel);
        Request(self.connection.clone())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.open.all().retain(|other| !Arc::ptr_eq(other, &self.connection));
    }
}

/// A request under way.
pub(crate) struct Request(Arc<Connection>);

/// An answer's body, with which its request ends.
pub(super) struct Answer {
    body: Body,
    _request: Request,
}

impl Answer {
    pub(super) fn new(body: Body, request: Request) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn open(most: usize, most_of_one: usize) -> Arc<Open> {
        Arc::new(Open { most, most_of_one, all: Mutex::default() })
    }

    #[test]
    fn the_oldest_that_waits_makes_room() {
        let open = open(2, 9);
        let [a, b] = [0, 1].map(|client| open.take(Some(Client::Key(client))).unwrap());
        let speaks = a.busy();
        let _c = open.take(None).unwrap();
        assert!(b.asked_to_go().now_or_never().is_some());
        assert!(a.asked_to_go().now_or_never().is_none());
        let _busy = _c.busy();
        assert!(open.take(None).is_none(), "all have something to do");
        drop(speaks);
        assert!(open.take(None).is_some());
        assert!(a.asked_to_go().now_or_never().is_some());
    }

    #[test]
    fn one_client_has_only_so_many() {
        let open = open(9, 1);
        let a = open.take(Some(Client::Key(0))).unwrap();
        let _other = open.take(Some(Client::Key(1))).unwrap();
        let _proxy = [open.take(None).unwrap(), open.take(None).unwrap()];
        let _b = open.take(Some(Client::Key(0))).unwrap();
        assert!(a.asked_to_go().now_or_never().is_some());
        let _busy = _b.busy();
        assert!(open.take(Some(Client::Key(0))).is_none());
    }
}
