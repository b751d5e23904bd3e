//! A gate before the records: the run waits at it until the files are ready.
//!
//! A run asks for the first record once its journal is open and locked. Only from then on may the files
//! that belong to the journal be written, and only afterwards may anything be sent.

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
            // Nobody waits at it any more if the import has ended, and nothing is let through then.
            let _ = ask.send(());
            opened.await.is_ok().then_some(items)
        };
        let items = stream::once(wait)
            .filter_map(std::future::ready)
            .flat_map(stream::iter);
        (Self { asked, open }, items)
    }

    /// Waits until the first of them is wanted.
    pub async fn asked(&mut self) {
        let _ = (&mut self.asked).await;
    }

    /// Lets them through.
    pub fn open(self) {
        let _ = self.open.send(());
    }
}
