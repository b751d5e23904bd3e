//! Interrupts: Ctrl-C, and on Unix SIGTERM, end the import.

use tokio::sync::mpsc;

pub struct Interrupts(mpsc::UnboundedReceiver<()>);

impl Interrupts {
    /// Catches interrupts: from now on they no longer end the process by themselves.
    pub fn catch() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(pass_on(sender));
        Self(receiver)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // Interrupts can't be caught on this machine; they end the process by themselves.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn pass_on(sender: mpsc::UnboundedSender<()>) {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        return;
    };
    loop {
        let caught = tokio::select! {
            caught = interrupt.recv() => caught,
            caught = terminate.recv() => caught,
        };
        if caught.is_none() || sender.send(()).is_err() {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn pass_on(sender: mpsc::UnboundedSender<()>) {
    while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {}
}
