//! A Redis for one test, and a connection to it that can be slow or cut.

use std::{
    env,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::sleep,
};

use super::folder::Folder;

/// A connection that lets nothing pass.
const CUT: u64 = u64::MAX;

/// A server on a free port, which keeps nothing on disk.
pub struct Redis {
    port: u16,
    child: Child,
    options: Vec<String>,
    /// With the scheme of the URL.
    host: &'static str,
}

impl Redis {
    /// Starts one. Without the program, the test is skipped and says so; or it fails, if servers are
    /// required.
    pub fn start() -> Option<Self> {
        Self::start_with("redis://127.0.0.1", "--port", Vec::new())
    }

    /// Starts one that speaks TLS only, with a certificate for `localhost` that nobody trusts. Returns the file
    /// of the certificate as well.
    pub fn start_with_tls(folder: &Folder) -> Option<(Self, String)> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("one");
        let certificate = folder.write("certificate.pem", made.cert.pem());
        let key = folder.write("key.pem", made.signing_key.serialize_pem());
        let options = [
            ["--port", "0"],
            ["--tls-cert-file", &certificate],
            ["--tls-key-file", &key],
            ["--tls-ca-cert-file", &certificate],
            ["--tls-auth-clients", "no"],
        ];
        let options = options.concat().into_iter().map(str::to_owned).collect();
        let redis = Self::start_with("rediss://localhost", "--tls-port", options)?;
        Some((redis, certificate))
    }

    fn start_with(
        host: &'static str,
        port_option: &'static str,
        mut options: Vec<String>,
    ) -> Option<Self> {
        let Ok(probe) = Command::new("redis-server").arg("--version").output() else {
            assert!(
                env::var_os("COPPER_CRM_REQUIRE_SERVERS").is_none(),
                "redis-server is required, and is not installed"
            );
            eprintln!("SKIPPED: redis-server is not installed");
            return None;
        };
        assert!(probe.status.success());
        options.push(port_option.to_owned());
        loop {
            let port = free_port();
            options.push(port.to_string());
            if let Some(child) = serve(&options) {
                return Some(Self {
                    port,
                    child,
                    options,
                    host,
                });
            }
            options.pop();
        }
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub fn url(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Stops it, like a machine that hangs.
    pub fn suspend(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill runs").success(), "{name} is sent");
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("its end");
    }

    /// Starts it again on the same port, empty.
    pub fn restart(&mut self) {
        self.child = serve(&self.options).expect("the port is still free");
    }
}

fn free_port() -> u16 {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Starts a server, and waits until it is ready; None if the port is taken.
fn serve(options: &[String]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server runs");
    // To connect before it listens may meet the test's own end of the connection.
    let mut lines = BufReader::new(child.stdout.take().expect("its log")).lines();
    let is_ready = lines.any(|line| line.is_ok_and(|line| line.contains("Ready to accept")));
    is_ready.then_some(child)
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A suspended process is killed as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection to a server, with a delay in each direction.
pub struct Way {
    port: u16,
    delay: Arc<AtomicU64>,
    tasks: JoinSet<()>,
}

impl Way {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let delay = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&delay);
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else {
                    continue;
                };
                let (client, server) = (client.into_split(), server.into_split());
                ways.spawn(pass(client.0, server.1, Arc::clone(&shared)));
                ways.spawn(pass(server.0, client.1, Arc::clone(&shared)));
            }
        });
        Self { port, delay, tasks }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sets the delay of each direction.
    pub fn takes(&self, delay: Duration) {
        self.delay.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// Lets nothing pass from now.
    pub fn cut(&self) {
        self.delay.store(CUT, Ordering::SeqCst);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.tasks.abort_all();
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Arc<AtomicU64>) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        match delay.load(Ordering::SeqCst) {
            // What is in flight is lost.
            CUT => return,
            millis => sleep(Duration::from_millis(millis)).await,
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
