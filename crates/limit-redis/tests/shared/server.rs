//! A Redis of a test's own.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

/// A server on a free port, which keeps nothing on disk.
pub(crate) struct Server {
    url: String,
    child: Child,
}

impl Server {
    /// Starts one with these options beside its port. Without the program the test is skipped, and that is said;
    /// or fails, where servers are required.
    pub(crate) fn start(options: &[&str]) -> Option<Self> {
        if Command::new("redis-server")
            .arg("--version")
            .output()
            .is_err()
        {
            let required = env::var_os("COPPER_CRM_REQUIRE_SERVERS").is_some();
            assert!(!required, "redis-server is required, and is not installed");
            eprintln!("SKIPPED: redis-server is not installed");
            return None;
        }
        loop {
            let port = free_port();
            let mut child = Command::new("redis-server")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
                .args(["--save", "", "--appendonly", "no"])
                .args(options)
                .stdout(Stdio::piped())
                .spawn()
                .expect("redis-server runs");
            // To connect before it listens may meet the test's own end of the connection.
            let mut lines = BufReader::new(child.stdout.take().expect("its log")).lines();
            let is_ready =
                lines.any(|line| line.is_ok_and(|line| line.contains("Ready to accept")));
            let url = format!("redis://127.0.0.1:{port}");
            let server = Self { url, child };
            if is_ready {
                return Some(server);
            }
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
