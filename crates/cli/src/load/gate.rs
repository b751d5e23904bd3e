//! A gate before the records: the run waits at it until the files are ready.
//!
//! A run asks for its first record when its journal is open and locked. Only from then on may the files that
//! belong to the journal be written, and only after that may anything be sent.

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::oneshot;

pub struct Gate {
    asked: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Gate {
    /// Puts a gate before the items.
    pub fn before<I: Iterator>(items: I) -> (Self, impl Stream<Item = I::Item>) {
        let (ask, asked) = oneshot::channel();
        let (open, opened) = oneshot::channel();
        let wait = async move {
            // If the import has ended, nobody waits at the gate any more, and nothing passes it.
            let _ = ask.send(());
            opened.await.is_ok().then_some(items)
        };
        let items = stream::once(wait)
            .filter_map(std::future::ready)
            .flat_map(stream::iter);
        (Self { asked, open }, items)
    }

    /// Waits until the run asks for its first record.
    pub async fn asked(&mut self) {
        let _ = (&mut self.asked).await;
    }

    /// Opens the gate.
    pub fn open(self) {
        let _ = self.open.send(());
    }
}
