//! The importer as a child process.

use std::{
    future::Future,
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use copper_crm_sandbox::Sandbox;

use super::ran::Ran;

pub fn importer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command.arg("import");
    for name in [
        "ACCESS_TOKEN",
        "USER_EMAIL",
        "OAUTH_TOKEN",
        "BASE_URL",
        "SHARE_LIMITS",
    ] {
        command.env_remove(format!("COPPER_{name}"));
    }
    command.env_remove("COPPER_JOURNAL");
    command
}

pub fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("the importer runs"))
}

pub async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().scale(0.01);
    builder.start().await.expect("a sandbox")
}

/// The importer, which sends to a sandbox of the test.
pub fn to(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = importer();
    command
        .arg("--live")
        .args(args)
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    command
}

/// Runs the importer with a sandbox of the test.
pub async fn load(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut command = to(sandbox, args);
    tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .expect("the importer runs")
}

/// An importer that is running.
pub struct Running {
    child: Child,
    stderr: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Running {
    pub fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut child = to(sandbox, args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the importer runs");
        let lines = BufReader::new(child.stderr.take().expect("its messages"));
        let stderr = Arc::new(Mutex::new(String::new()));
        let text = Arc::clone(&stderr);
        let reader = thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                *text.lock().expect("the text") += &format!("{line}\n");
            }
        });
        Self {
            child,
            stderr,
            reader,
        }
    }

    /// Waits until a condition is true. The importer must be running.
    pub async fn until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            let ended = self.child.try_wait().expect("its state");
            assert_eq!(ended, None, "it ended before {what}: {}", self.text());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until the importer has printed this.
    pub async fn until_told(&mut self, words: &str) {
        let stderr = Arc::clone(&self.stderr);
        self.until(words, || stderr.lock().expect("the text").contains(words))
            .await;
    }

    #[track_caller]
    pub fn did_not_tell(&self, words: &str) {
        let text = self.text();
        assert!(!text.contains(words), "{words:?} is in:\n{text}");
    }

    fn text(&self) -> String {
        self.stderr.lock().expect("the text").clone()
    }

    /// Kills it like a power cut.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
    }

    /// Sends it a signal by its name, such as `INT`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill runs").success(), "{name} is sent");
    }

    /// Waits for its end.
    pub fn end(self) -> impl Future<Output = Ran> {
        let Self {
            child,
            stderr,
            reader,
        } = self;
        let end = tokio::task::spawn_blocking(move || {
            let output: Output = child.wait_with_output().expect("it ends");
            reader.join().expect("its messages");
            let mut ran = Ran::of(output);
            ran.stderr.clone_from(&stderr.lock().expect("the text"));
            ran
        });
        async { end.await.expect("it ends") }
    }
}
