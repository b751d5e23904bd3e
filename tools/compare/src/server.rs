//! Another process of this package, to be measured against.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A process that ends with this.
pub struct Server {
    child: Child,
    pub first_line: String,
}

impl Server {
    /// The canned server.
    pub fn canned() -> io::Result<Self> {
        let program = env::current_exe()?.with_file_name("canned");
        Self::start(&mut Command::new(program))
    }

    /// Runs a command that prints a line when it is ready, and stops when its standard input ends.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no output"))?;
        let mut lines = BufReader::new(output).lines();
        let first_line = lines.next().ok_or_else(|| io::Error::other("it ended"))??;
        // What else it prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, first_line })
    }

    /// Its base URL.
    pub fn base_url(&self) -> String {
        match self.first_line.split_once("http") {
            Some((_, url)) => format!("http{url}"),
            None => format!("http://127.0.0.1:{}/developer_api/v1", self.first_line),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
