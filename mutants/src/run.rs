//! Runs test programs with one mutant each, or with none.

use std::{
    cell::OnceCell,
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// What a program may take with a mutant, beside several times what it takes without.
const PATIENCE: Duration = Duration::from_secs(10);

pub enum Fate {
    Caught,
    TimedOut,
    Survived,
    /// No test comes by.
    Unreached,
}

pub struct Runner {
    tree: PathBuf,
    programs: Vec<Program>,
}

struct Program {
    path: PathBuf,
    /// Found out when the first mutant gets there.
    known: OnceCell<Known>,
}

struct Known {
    takes: Duration,
    /// The mutants that it comes by.
    reaches: BTreeSet<usize>,
}

impl Runner {
    /// For programs in this order: the quickest and most telling should come first.
    pub fn new(tree: &Path, paths: Vec<PathBuf>) -> Self {
        let program = |path| Program { path, known: OnceCell::new() };
        Self {
            tree: tree.to_owned(),
            programs: paths.into_iter().map(program).collect(),
        }
    }

    pub fn fate(&self, id: usize) -> Fate {
        let mut fate = Fate::Unreached;
        for program in &self.programs {
            let known = program.known.get_or_init(|| self.look_at(&program.path));
            if !known.reaches.contains(&id) {
                continue;
            }
            let command = tree_command(&self.tree, &program.path, None, id);
            match passes(&command, PATIENCE.saturating_add(known.takes * 3)) {
                Some(true) => fate = Fate::Survived,
                Some(false) => return Fate::Caught,
                None => return Fate::TimedOut,
            }
        }
        fate
    }

    fn look_at(&self, path: &Path) -> Known {
        let trace = self.tree.join("../trace");
        let _ = fs::remove_file(&trace);
        // Some of its tests may not stand the tracing; it must pass without.
        let mut traced = command(&tree_command(&self.tree, path, Some(&trace), 0));
        let _ = traced.stdout(Stdio::null()).status();
        let start = Instant::now();
        let passed = passes(&tree_command(&self.tree, path, None, 0), Duration::MAX);
        assert_eq!(passed, Some(true), "{} fails by itself", path.display());
        let takes = start.elapsed();
        let lines = fs::read_to_string(&trace).unwrap_or_default();
        let reaches: BTreeSet<usize> = lines.lines().filter_map(|id| id.parse().ok()).collect();
        println!("{takes:6.1?} {:4} {}", reaches.len(), path.display());
        Known { takes, reaches }
    }
}

struct Call<'a> {
    tree: &'a Path,
    program: &'a Path,
    trace: Option<&'a Path>,
    id: usize,
}

fn tree_command<'a>(tree: &'a Path, program: &'a Path, trace: Option<&'a Path>, id: usize) -> Call<'a> {
    Call { tree, program, trace, id }
}

/// Whether all tests pass; none if that takes too long. The first failure is enough.
fn passes(call: &Call<'_>, patience: Duration) -> Option<bool> {
    let mut child = command(call).spawn().expect("a test program");
    let (tell, told) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.ends_with("... FAILED") {
                    let _ = tell.send(());
                }
            }
        });
    }
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status.success());
        }
        let failed = told.recv_timeout(Duration::from_millis(20)) == Ok(());
        let is_late = start.elapsed() > patience;
        if failed || is_late {
            let _ = child.kill();
            let _ = child.wait();
            return failed.then_some(false);
        }
    }
}

fn command(call: &Call<'_>) -> Command {
    let mut command = Command::new(call.program);
    command
        .current_dir(call.tree)
        .env("CARGO_MANIFEST_DIR", call.tree)
        .env("MUTANT", call.id.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(trace) = call.trace {
        command.env("MUTANT_TRACE", trace);
    }
    command
}
