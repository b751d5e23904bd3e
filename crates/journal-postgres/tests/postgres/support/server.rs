//! A PostgreSQL server for tests. If the tests run as root, it runs as another user, because it refuses to run as root.

use std::{
    env,
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, exit},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use copper_crm_journal_postgres::PostgresJournals;

use super::query;

/// The user of the server if the tests run as root.
const USER: &str = "postgres";
/// Ends the server and removes its folder when its input ends. The input ends with the tests, even if they are killed.
const KEEPER: &str = "\
cat >/dev/null
for pid in $(head -n 1 \"$1\"/*/postmaster.pid 2>/dev/null | grep '^[0-9]*$'); do kill -QUIT \"$pid\"; done
for attempt in $(seq 50); do rm -rf \"$1\" 2>/dev/null && exit; sleep 0.2; done";

static SHARED: OnceLock<Server> = OnceLock::new();
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The server that most tests of this process share.
pub fn shared() -> &'static Server {
    SHARED.get_or_init(Server::start)
}

pub struct Server {
    folder: PathBuf,
    data: PathBuf,
    port: u16,
    child: Option<Child>,
    settings: Vec<String>,
    keeper: Child,
}

impl Server {
    /// Starts a server on a free port, and creates the table. If PostgreSQL is not installed, all tests of this program
    /// are skipped with a message; or they fail, if servers are required.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with these settings.
    pub fn with(settings: &[&str]) -> Self {
        let mut server = Self::new(settings);
        let data = server.data.clone();
        let made = as_user(&program("initdb"))
            .args(["--auth=trust", "--username=postgres", "--no-sync"])
            .args(["--locale=C", "--encoding=UTF8", "--pgdata"])
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{made:?}");
        // The users of these lines need passwords.
        let trusting = fs::read_to_string(data.join("pg_hba.conf")).expect("a file");
        let strict = "host all jim all scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), format!("{strict}{trusting}")).expect("it is written");
        server.serve();
        let journals = PostgresJournals::new(&server.url()).expect("a URL");
        query::wait(async move { journals.create_table().await }).expect("a table");
        server
    }

    /// A replica of this server. It follows the server as soon as it is started.
    pub fn replica(&self) -> Self {
        let replica = Self::new(&[]);
        let port = self.port.to_string();
        let copied = as_user(&program("pg_basebackup"))
            .args(["--host=127.0.0.1", "--username=postgres", "--port", &port])
            .args([
                "--checkpoint=fast",
                "--write-recovery-conf",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&replica.data)
            .output()
            .expect("pg_basebackup runs");
        assert!(copied.status.success(), "{copied:?}");
        replica
    }

    fn new(settings: &[&str]) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("copper-crm-postgres-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(name);
        // An earlier process with this number was killed, and left its folder behind.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("a folder");
        if is_root() {
            let given = Command::new("chown").arg(USER).arg(&folder).status();
            assert!(given.is_ok_and(|status| status.success()), "chown");
        }
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        Self {
            data: folder.join("data"),
            folder,
            port: free_port(),
            child: None,
            settings: settings.iter().map(|text| (*text).to_owned()).collect(),
            keeper,
        }
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file into the folder that only the server's user can read.
    pub fn give(&self, name: &str, content: &str) {
        let path = self.folder.join(name);
        fs::write(&path, content).expect("it is written");
        let mode = Command::new("chmod").arg("600").arg(&path).status();
        assert!(mode.is_ok_and(|status| status.success()), "chmod");
        if is_root() {
            let given = Command::new("chown").arg(USER).arg(&path).status();
            assert!(given.is_ok_and(|status| status.success()), "chown");
        }
    }

    /// Starts the server, on another port if this one is taken, and waits until it answers.
    pub fn serve(&mut self) {
        loop {
            let log = File::options()
                .create(true)
                .append(true)
                .open(self.folder.join("log"));
            let log = log.expect("a log");
            let mut command = as_user(&program("postgres"));
            command
                .arg("-D")
                .arg(&self.data)
                .args(["-p", &self.port.to_string()])
                .args(["-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories="])
                .args(["-c", "shared_buffers=16MB", "-c", "max_connections=200"]);
            for setting in &self.settings {
                command.args(["-c", setting]);
            }
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::from(log));
            let mut child = command.spawn().expect("postgres runs");
            let is_up = loop {
                if child.try_wait().expect("it is ours").is_some() {
                    break false;
                }
                if query::try_connect(&self.url()).is_ok() {
                    break true;
                }
                thread::sleep(Duration::from_millis(20));
            };
            self.child = Some(child);
            if is_up {
                return;
            }
            // Processes of the earlier server may still run, or another program has the port.
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            let last = last.join("\n");
            match () {
                () if last.contains("could not bind") => self.port = free_port(),
                () if last.contains("shared memory") || last.contains("lock file") => {}
                () => panic!("postgres does not start: {log}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills all processes of the server at once, as the end of its machine does.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let id = child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        let killed = Command::new("kill")
            .args(["-9", &id.to_string()])
            .args(children.split_whitespace())
            .stderr(Stdio::null())
            .status();
        // A process may have ended by itself meanwhile.
        killed.expect("kill runs");
        child.wait().expect("its end");
    }

    /// Lets a replica replace its server.
    pub fn promote(&self) {
        query::rows(&self.url(), "SELECT pg_promote(true)", &[]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout.starts_with(b"0\n")
}

/// A command that runs the program as a user that is not root.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", USER, "--regid", USER, "--clear-groups"])
        .arg(program)
        .current_dir("/");
    command
}

/// Returns false and prints a message if PostgreSQL is not installed. Fails if it is required.
pub fn is_installed() -> bool {
    let is_installed = find("postgres").is_some();
    let required = env::var_os("COPPER_CRM_REQUIRE_SERVERS").is_some();
    assert!(
        is_installed || !required,
        "PostgreSQL is required, and is not installed"
    );
    if !is_installed {
        // The test harness hides the output of macros such as `eprintln!`.
        let _ = std::io::stderr().write_all(b"SKIPPED: PostgreSQL is not installed\n");
    }
    is_installed
}

fn program(name: &str) -> PathBuf {
    match find(name) {
        Some(program) => program,
        None if is_installed() => panic!("{name} is not there, as postgres is"),
        None => exit(0),
    }
}

/// The path of a program of the newest installed PostgreSQL.
fn find(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let installed = versions.filter_map(|version| {
        let version = version.ok()?.path();
        let number: u32 = version.file_name()?.to_str()?.parse().ok()?;
        Some((number, version.join("bin"))).filter(|(_, bin)| bin.join(name).exists())
    });
    let paths = env::var_os("PATH").unwrap_or_default();
    let in_path = env::split_paths(&paths).find(|bin| bin.join(name).exists());
    let newest = installed.max().map(|(_, bin)| bin).or(in_path);
    newest.map(|bin| bin.join(name))
}
