//! The listener: open, paused, or open and closing each connection that it accepts. Only a closed socket
//! refuses connections, so a pause closes it, and the idle connections with it.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Handle,
    time::sleep,
};

use super::connection::{Connection, Io};

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

pub(crate) struct Listener {
    address: SocketAddr,
    runtime: Handle,
    state: Mutex<State>,
}

struct State {
    listener: Option<TcpListener>,
    /// Keeps the port during a pause, so that no other program takes it. It does not listen, so
    /// connections are refused.
    placeholder: Option<TcpSocket>,
    /// The number of pauses so far, so that the end of one pause does not end a later one.
    pauses: u64,
    /// The task that accepts. A resume wakes it.
    waker: Option<Waker>,
    connections: Vec<Weak<Connection>>,
    /// The number of next connections to close right after they are accepted.
    closing: usize,
}

impl Listener {
    /// Opens a port of an address; 0 is any free port. It needs a tokio runtime.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Arc<Self>> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = bind(address)?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = State {
            listener: Some(listener),
            placeholder: None,
            pauses: 0,
            waker: None,
            connections: Vec::new(),
            closing: 0,
        };
        Ok(Arc::new(Self {
            address,
            runtime,
            state: Mutex::new(state),
        }))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses connections from now on, and closes the existing ones once they are idle. Returns the
    /// number of this pause.
    pub(crate) fn pause(&self) -> u64 {
        let mut state = self.state();
        if state.listener.take().is_some() {
            state.placeholder = bind(self.address).ok();
        }
        state.pauses += 1;
        let number = state.pauses;
        drop(state);
        self.retire_all();
        number
    }

    /// Ends the pause with this number, or any pause: listens on the same port again.
    pub(crate) fn resume(&self, pause: Option<u64>) -> io::Result<()> {
        let mut state = self.state();
        if state.listener.is_none() && pause.is_none_or(|number| number == state.pauses) {
            let _runtime = self.runtime.enter();
            let socket = match state.placeholder.take() {
                Some(socket) => socket,
                None => bind(self.address)?,
            };
            state.listener = Some(socket.listen(BACKLOG)?);
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
        Ok(())
    }

    /// Closes the existing connections once they are idle, and the next `count` ones at once.
    pub(crate) fn close_next(&self, count: usize) {
        let mut state = self.state();
        state.closing = state.closing.saturating_add(count);
        drop(state);
        self.retire_all();
    }

    /// Waits until the connections that were idle are closed, and their clients can notice it.
    pub(crate) async fn idle_closed(&self) {
        loop {
            sleep(Duration::from_millis(5)).await;
            if !self
                .connections()
                .iter()
                .any(|connection| connection.is_closed())
            {
                return;
            }
        }
    }

    /// Closes the port and all connections, even with requests in flight.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        (state.listener, state.placeholder) = (None, None);
        drop(state);
        self.connections()
            .iter()
            .for_each(|connection| connection.close());
    }

    fn retire_all(&self) {
        self.connections()
            .iter()
            .for_each(|connection| connection.retire());
    }

    fn connections(&self) -> Vec<Arc<Connection>> {
        self.state()
            .connections
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let mut state = self.state();
        // Kept even while a socket listens: closing it wakes nobody, and another takes its place.
        state.waker = Some(context.waker().clone());
        match &state.listener {
            Some(listener) => listener.poll_accept(context),
            None => Poll::Pending,
        }
    }

    /// Accepts a connection, unless it is to be closed at once.
    fn admit(&self, stream: TcpStream) -> Option<Io> {
        let mut state = self.state();
        if let Some(left) = state.closing.checked_sub(1) {
            state.closing = left;
            return None;
        }
        // A pause began after it was accepted.
        state.listener.as_ref()?;
        let connection = Arc::new(Connection::new(stream));
        state
            .connections
            .retain(|connection| connection.strong_count() > 0);
        state.connections.push(Arc::downgrade(&connection));
        Some(Io(connection))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // On other systems than Unix this would let another program take the port.
    if cfg!(unix) {
        // Without it, closed connections would block the port for a minute.
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

/// The listener's connections, for the HTTP library.
pub(crate) struct Incoming(pub(crate) Arc<Listener>);

impl axum::serve::Listener for Incoming {
    type Io = Io;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Io, SocketAddr) {
        loop {
            match poll_fn(|context| self.0.poll_accept(context)).await {
                Ok((stream, peer)) => {
                    if let Some(wire) = self.0.admit(stream) {
                        return (wire, peer);
                    }
                }
                // Most likely out of file handles, so an immediate retry would fail as well.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.address)
    }
}

/// The connection of a request, for its handler.
#[derive(Clone)]
pub(crate) struct ConnectionOf(pub(crate) Arc<Connection>);

impl Connected<IncomingStream<'_, Incoming>> for ConnectionOf {
    fn connect_info(stream: IncomingStream<'_, Incoming>) -> Self {
        Self(Arc::clone(&stream.io().0))
    }
}
