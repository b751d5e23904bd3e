//! A proxy in front of a server, which a test can cut at a chosen moment.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// Bytes that only an append contains.
const APPEND: &[u8] = b"WITH ORDINALITY";

/// The moment of the cut at the next append.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cut {
    /// Before the append reaches the server.
    Before,
    /// After the append is sent to the server.
    Behind,
    /// After the append is committed, and its answer has arrived.
    Answered,
}

pub struct Way {
    port: u16,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

struct State {
    /// The port to which new connections go; 0 refuses them.
    server: AtomicU16,
    cut: Mutex<Option<Cut>>,
    cuts: AtomicUsize,
    /// False while no bytes pass.
    open: watch::Sender<bool>,
}

impl Way {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port");
        let own = listener.local_addr().expect("its address").port();
        let state = Arc::new(State {
            server: AtomicU16::new(port),
            cut: Mutex::new(None),
            cuts: AtomicUsize::new(0),
            open: watch::Sender::new(true),
        });
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&state);
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let port = shared.server.load(Ordering::SeqCst);
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                    ways.spawn(pass(client, server, Arc::clone(&shared)));
                }
            }
        });
        Self {
            port: own,
            state,
            _tasks: tasks,
        }
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Cuts the connection at the next append.
    pub fn cut(&self, cut: Cut) {
        *self
            .state
            .cut
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(cut);
    }

    /// The number of cuts.
    pub fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Sends new connections to another server.
    pub fn lead_to(&mut self, port: u16) {
        self.state.server.store(port, Ordering::SeqCst);
    }

    /// Refuses new connections.
    pub fn refuse(&self) {
        self.state.server.store(0, Ordering::SeqCst);
    }

    /// Lets no bytes pass, and hides the end of connections as well.
    pub fn close(&self) {
        self.state.open.send_replace(false);
    }

    pub fn open(&self) {
        self.state.open.send_replace(true);
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, state: Arc<State>) {
    let mut open = state.open.subscribe();
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut at_answer = false;
    loop {
        if open.wait_for(|open| *open).await.is_err() {
            return;
        }
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let bytes = &asked[..count];
                let is_append = bytes.windows(APPEND.len()).any(|part| part == APPEND);
                let cut = match is_append {
                    true => state.cut.lock().unwrap_or_else(PoisonError::into_inner).take(),
                    false => None,
                };
                state.cuts.fetch_add(usize::from(cut.is_some()), Ordering::SeqCst);
                if cut == Some(Cut::Before) || server.write_all(bytes).await.is_err() {
                    return;
                }
                if cut == Some(Cut::Behind) {
                    return;
                }
                at_answer |= cut == Some(Cut::Answered);
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if at_answer || client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
            _ = open.changed() => {}
        }
    }
}
