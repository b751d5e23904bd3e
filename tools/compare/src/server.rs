//! Another process of this package, to be measured against.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A process that ends with this.
pub struct Server {
    child: Child,
    /// The lines that it printed until it was ready.
    lines: Vec<String>,
}

impl Server {
    /// The canned server.
    pub fn canned() -> io::Result<Self> {
        let program = env::current_exe()?.with_file_name("canned");
        Self::start(&mut Command::new(program), "")
    }

    /// Runs a command that is ready when it prints a line with the text `ready`, and that stops when its
    /// standard input ends.
    pub fn start(command: &mut Command, ready: &str) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no output"))?;
        let mut output = BufReader::new(output).lines();
        let mut lines = Vec::new();
        while !lines
            .last()
            .is_some_and(|line: &String| line.contains(ready))
        {
            lines.push(
                output
                    .next()
                    .ok_or_else(|| io::Error::other("it ended"))??,
            );
        }
        // Later output must not block it.
        std::thread::spawn(move || output.for_each(drop));
        Ok(Self { child, lines })
    }

    /// Its base URL.
    pub fn base_url(&self) -> String {
        let first = self.lines.first().map_or("", String::as_str);
        match first.split_once("http") {
            Some((_, url)) => format!("http{url}"),
            None => format!("http://127.0.0.1:{first}/developer_api/v1"),
        }
    }

    /// The access token that it printed, or an arbitrary one.
    pub fn token(&self) -> String {
        let token = |line: &String| Some(line.split_once("COPPER_ACCESS_TOKEN=")?.1.to_owned());
        self.lines
            .iter()
            .find_map(token)
            .unwrap_or_else(|| "token".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
