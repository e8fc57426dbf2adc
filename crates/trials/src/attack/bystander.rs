//! Somebody who only wants to hear something, while others attack.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use tokio::time::sleep;

use super::keys;
use crate::Done;
use crate::client::{Client, speak};
use crate::listener::hear;
use crate::report::Times;
use crate::texts::Texts;

pub(super) struct Bystander(Client);

/// What the bystander noticed.
#[derive(Default)]
pub(super) struct Noticed {
    pub(super) times: Times,
    pub(super) failed: Vec<String>,
}

impl Bystander {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) async fn few(&self) -> Done<Times> {
        let mut texts = Texts::new(1);
        let mut noticed = Noticed::default();
        for _ in 0..5 {
            self.once(&mut texts, &mut noticed).await;
        }
        match noticed.failed.pop() {
            Some(e) => Err(format!("before any attack: {e}")),
            None => Ok(noticed.times),
        }
    }

    /// Speaks as long as this lasts, at least once; gives also the most that `memory` was.
    pub(super) async fn during<T>(&self, attack: LocalBoxFuture<'_, T>, memory: impl Fn() -> u64) -> (T, Noticed, u64) {
        let mut noticed = Noticed::default();
        let mut most = memory();
        let mut texts = Texts::new(2);
        let mut attack = attack;
        loop {
            let ended = tokio::select! {
                ended = &mut attack => Some(ended),
                () = self.once(&mut texts, &mut noticed) => None,
            };
            most = most.max(memory());
            if let Some(ended) = ended {
                self.once(&mut texts, &mut noticed).await;
                return (ended, noticed, most);
            }
        }
    }

    async fn once(&self, texts: &mut Texts, noticed: &mut Noticed) {
        let mut ask = speak(&json!({ "text": texts.next(100) }));
        keys::bring(&mut ask, keys::RIGHT);
        match hear(self.0, ask).await.map(|heard| heard.first_audio()) {
            Ok(Some(time)) => noticed.times.add(time),
            Ok(None) => noticed.failed.push("no audio".to_owned()),
            Err(e) => noticed.failed.push(e),
        }
        sleep(Duration::from_millis(50)).await;
    }
}
