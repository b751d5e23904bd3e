//! One connection, shared by the HTTP library and the faults. For the library it is a stream. A fault can
//! write to it directly, reset it, or make it stale. It knows whether a request is in flight, so that it
//! can be closed without cutting off a response.

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

pub(crate) struct Connection {
    stream: TcpStream,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// The number of requests so far.
    requests: u64,
    /// It closes as soon as it is idle.
    retired: bool,
    /// It resets as soon as a request comes.
    stale: bool,
    closed: bool,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Phase {
    #[default]
    Idle,
    Working,
    /// The library has the response, but may not have written all of it.
    Responding,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Without it, the second part of a response can be delayed by 40 ms.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the arrival of a request. Returns true for the first on this connection.
    pub(crate) fn working(&self) -> bool {
        let mut state = self.state();
        state.phase = Phase::Working;
        state.requests += 1;
        state.requests == 1
    }

    /// Marks that the library has the response. Returns true if the connection closes after it.
    pub(crate) fn responding(&self) -> bool {
        let mut state = self.state();
        state.phase = Phase::Responding;
        state.retired
    }

    /// Closes the connection: now if it is idle, else after the response in flight.
    pub(crate) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        if state.phase == Phase::Idle {
            state.close();
        }
    }

    /// Resets the connection when the next request comes.
    pub(crate) fn go_stale(&self) {
        self.state().stale = true;
    }

    /// Closes the connection, even with a request in flight.
    pub(crate) fn close(&self) {
        self.state().close();
    }

    /// Resets the connection.
    pub(crate) fn reset(&self) {
        // If this fails, the connection closes without a reset, and nothing more can be done.
        let _ = self.stream.set_zero_linger();
        self.close();
    }

    /// Writes directly, without the HTTP library.
    pub(crate) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
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

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Returns true if it is closed. Otherwise closing it will wake this task.
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

/// The stream that the HTTP library uses. The connection closes when the library drops it.
pub(crate) struct Io(pub(crate) Arc<Connection>);

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let connection = &self.0;
        loop {
            if connection.poll_closed(context) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            ready!(connection.stream.poll_read_ready(context))?;
            if connection.state().stale {
                connection.reset();
                continue;
            }
            match connection.stream.try_read(buffer.initialize_unfilled()) {
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

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let connection = &self.0;
        loop {
            if connection.poll_closed(context) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            ready!(connection.stream.poll_write_ready(context))?;
            match connection.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        // The library flushes once it has written all of a response.
        if state.phase == Phase::Responding {
            state.phase = Phase::Idle;
            if state.retired {
                state.close();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The socket closes when it is dropped, right after this.
        Poll::Ready(Ok(()))
    }
}
