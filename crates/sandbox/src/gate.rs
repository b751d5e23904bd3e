//! The port: open, shut, or open and slamming. To refuse connections the listener has to be closed for
//! real, and so that the client notices, the idle connections with it.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Handle,
    time::sleep,
};

use super::line::{Line, Wire};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

pub(super) struct Gate {
    address: SocketAddr,
    runtime: Handle,
    state: Mutex<State>,
}

struct State {
    listener: Option<TcpListener>,
    /// While the gate is shut, this has the port, so that no other program gets it. It does not listen,
    /// so connections are refused.
    placeholder: Option<TcpSocket>,
    /// How often it was shut, so that a time that runs out does not end a later shutting.
    shut: u64,
    /// Who accepts, to be woken when the gate opens again.
    waker: Option<Waker>,
    lines: Vec<Weak<Line>>,
    /// How many of the next connections are to be closed right after they are accepted.
    slams: usize,
}

impl Gate {
    /// Opens a port of the loopback address; 0 is any that is free. To be called in a tokio runtime.
    pub(super) fn open(port: u16) -> io::Result<Arc<Self>> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], port)))?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = State {
            listener: Some(listener),
            placeholder: None,
            shut: 0,
            waker: None,
            lines: Vec::new(),
            slams: 0,
        };
        Ok(Arc::new(Self {
            address,
            runtime,
            state: Mutex::new(state),
        }))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses connections from now on, and closes those there are once they are idle. Gives the number
    /// of this shutting.
    pub(super) fn shut(&self) -> u64 {
        let mut state = self.state();
        if state.listener.take().is_some() {
            state.placeholder = bind(self.address).ok();
        }
        state.shut += 1;
        let number = state.shut;
        drop(state);
        self.retire_all();
        number
    }

    /// Listens on the same port again, if it is the given shutting that lasts, or whichever does.
    pub(super) fn reopen(&self, shut: Option<u64>) -> io::Result<()> {
        let mut state = self.state();
        if state.listener.is_none() && shut.is_none_or(|number| number == state.shut) {
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

    /// Closes the connections there are once they are idle, and the next `count` ones at once.
    pub(super) fn slam(&self, count: usize) {
        let mut state = self.state();
        state.slams = state.slams.saturating_add(count);
        drop(state);
        self.retire_all();
    }

    /// Waits until the connections that were idle are closed, and their clients can have noticed.
    pub(super) async fn settle(&self) {
        loop {
            sleep(Duration::from_millis(5)).await;
            if !self.lines().iter().any(|line| line.is_closed()) {
                return;
            }
        }
    }

    /// Ends everything, whatever is under way.
    pub(super) fn end(&self) {
        let mut state = self.state();
        (state.listener, state.placeholder) = (None, None);
        drop(state);
        self.lines().iter().for_each(|line| line.close());
    }

    fn retire_all(&self) {
        self.lines().iter().for_each(|line| line.retire());
    }

    fn lines(&self) -> Vec<Arc<Line>> {
        self.state()
            .lines
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let mut state = self.state();
        // Kept also while the listener waits: closing it wakes nobody, and another takes its place.
        state.waker = Some(context.waker().clone());
        match &state.listener {
            Some(listener) => listener.poll_accept(context),
            None => Poll::Pending,
        }
    }

    /// Takes in a connection, unless it is to be closed at once.
    fn admit(&self, stream: TcpStream) -> Option<Wire> {
        let mut state = self.state();
        if let Some(left) = state.slams.checked_sub(1) {
            state.slams = left;
            return None;
        }
        // Shut since it was accepted: as good as refused.
        state.listener.as_ref()?;
        let line = Arc::new(Line::new(stream));
        state.lines.retain(|line| line.strong_count() > 0);
        state.lines.push(Arc::downgrade(&line));
        Some(Wire(line))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Elsewhere than on Unix this would let another program in.
    if cfg!(unix) {
        // Else the port could not be had again for a minute, for the connections that were closed.
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

/// The gate, as the HTTP library sees it.
pub(super) struct Entrance(pub(super) Arc<Gate>);

impl Listener for Entrance {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            match poll_fn(|context| self.0.poll_accept(context)).await {
                Ok((stream, peer)) => {
                    if let Some(wire) = self.0.admit(stream) {
                        return (wire, peer);
                    }
                }
                // Out of file handles, most likely; trying again at once would not help.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.address)
    }
}

/// The connection of a request, as its handler gets to know it.
#[derive(Clone)]
pub(super) struct Caller(pub(super) Arc<Line>);

impl Connected<IncomingStream<'_, Entrance>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Entrance>) -> Self {
        Self(Arc::clone(&stream.io().0))
    }
}
