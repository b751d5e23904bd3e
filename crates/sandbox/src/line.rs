//! One connection, as the HTTP library and as a fault see it. To the library it is a stream; a fault
//! can write to it past the library, reset it, or let it go stale. It knows whether a request is under
//! way on it, so that it can be closed without cutting off an answer.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

pub(super) struct Line {
    stream: TcpStream,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// Requests that have come so far.
    requests: u64,
    /// To be closed as soon as it is idle.
    retired: bool,
    /// To be reset as soon as something comes.
    stale: bool,
    closed: bool,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Phase {
    #[default]
    Idle,
    Working,
    /// The library has the answer, but may not have written all of it.
    Answering,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Without it, an answer written in two parts can wait 40 ms for its second one.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has come. True for the first on this connection.
    pub(super) fn working(&self) -> bool {
        let mut state = self.state();
        state.phase = Phase::Working;
        state.requests += 1;
        state.requests == 1
    }

    /// Its answer is handed to the library. True if the connection is to be closed after it.
    pub(super) fn answering(&self) -> bool {
        let mut state = self.state();
        state.phase = Phase::Answering;
        state.retired
    }

    /// Ends the connection: now if it is idle, else after the answer that is under way.
    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        if state.phase == Phase::Idle {
            state.close();
        }
    }

    /// Resets the connection when the next request comes.
    pub(super) fn go_stale(&self) {
        self.state().stale = true;
    }

    /// Ends the connection, whatever is under way.
    pub(super) fn close(&self) {
        self.state().close();
    }

    /// Ends the connection with a reset.
    pub(super) fn reset(&self) {
        // If this fails, the connection is closed in the gentle way, which is all that is left to do.
        let _ = self.stream.set_zero_linger();
        self.close();
    }

    /// Writes past the HTTP library.
    pub(super) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Whether it is closed; if not, remembers whom to wake when it will be.
    fn poll_closed(&self, context: &Context<'_>) -> bool {
        let mut state = self.state();
        state.waker = Some(context.waker().clone());
        state.closed
    }
}

impl State {
    fn close(&mut self) {
        self.closed = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What the HTTP library reads from and writes to. The connection ends when it lets go of this.
pub(super) struct Wire(pub(super) Arc<Line>);

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let line = &self.0;
        loop {
            if line.poll_closed(context) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            ready!(line.stream.poll_read_ready(context))?;
            if line.state().stale {
                line.reset();
                continue;
            }
            match line.stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let line = &self.0;
        loop {
            if line.poll_closed(context) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            ready!(line.stream.poll_write_ready(context))?;
            match line.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        // The library flushes once it has written all of an answer.
        if state.phase == Phase::Answering {
            state.phase = Phase::Idle;
            if state.retired {
                state.close();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The socket closes when it is dropped, which comes right after this.
        Poll::Ready(Ok(()))
    }
}
