//! Runs test programs with one mutant each, or with none.

use std::{
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
const PATIENCE: Duration = Duration::from_secs(20);

pub enum Fate {
    Caught,
    TimedOut,
    Survived,
    /// No test comes by.
    Unreached,
}

pub struct Runner {
    tree: PathBuf,
    /// The quickest first.
    programs: Vec<Program>,
}

struct Program {
    path: PathBuf,
    takes: Duration,
    /// The mutants that it comes by.
    reaches: BTreeSet<usize>,
}

impl Runner {
    pub fn new(tree: &Path, paths: Vec<PathBuf>) -> Self {
        let mut programs = Vec::new();
        for path in paths {
            let trace = tree.join("../trace");
            let _ = fs::remove_file(&trace);
            let start = Instant::now();
            let passed = passes(&tree_command(tree, &path, Some(&trace), 0), Duration::MAX);
            assert_eq!(passed, Some(true), "{} fails by itself", path.display());
            let takes = start.elapsed();
            let lines = fs::read_to_string(&trace).unwrap_or_default();
            let reaches: BTreeSet<usize> = lines.lines().filter_map(|id| id.parse().ok()).collect();
            println!("{takes:6.1?} {:4} {}", reaches.len(), path.display());
            programs.push(Program { path, takes, reaches });
        }
        programs.sort_by_key(|program| program.takes);
        Self { tree: tree.to_owned(), programs }
    }

    pub fn fate(&self, id: usize) -> Fate {
        let mut fate = Fate::Unreached;
        for program in self.programs.iter().filter(|it| it.reaches.contains(&id)) {
            let command = tree_command(&self.tree, &program.path, None, id);
            match passes(&command, PATIENCE.saturating_add(program.takes * 4)) {
                Some(true) => fate = Fate::Survived,
                Some(false) => return Fate::Caught,
                None => return Fate::TimedOut,
            }
        }
        fate
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
    let mut child = command.spawn().expect("a test program");
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
