//! Runs test programs with one mutant each, or with none.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fmt, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// The time that a program may take with a mutant, in addition to several times its time without one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The number of mutants that are tried at the same time.
const AT_ONCE: usize = 4;

pub enum Fate {
    Caught,
    TimedOut,
    Survived,
    /// No test runs its code.
    Unreached,
}

/// Modules of a program that take long, and come after the others.
const SLOW: [&str; 4] = ["circuit_breaker", "faults", "regenerating", "crash"];

/// Modules of a program that check the source, which is not as it was with mutants in it.
const OF_THE_SOURCE: [&str; 5] = ["layers", "links", "package", "way_of_a_lead", "words"];

/// The modules of a program of many, so that a mutant meets only those that reach it; otherwise all of it at once.
pub fn parts(tree: &Path, path: &Path) -> Vec<Option<String>> {
    let listed = Command::new(path)
        .current_dir(tree)
        .env("CARGO_MANIFEST_DIR", tree)
        .args(["--list", "--format=terse"])
        .output()
        .expect("a test program");
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    let modules: BTreeSet<&str> = names
        .map(|name| name.split("::").next().unwrap_or(name))
        .collect();
    let is_of_many = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("sdk-"));
    if !is_of_many {
        return vec![None];
    }
    let slow = |module: &&str| SLOW.iter().position(|slow| slow == module);
    let judges = modules.into_iter();
    let mut modules: Vec<&str> = judges
        .filter(|module| !OF_THE_SOURCE.contains(module))
        .collect();
    modules.sort_by_key(slow);
    modules
        .into_iter()
        .map(|module| Some(format!("{module}::")))
        .collect()
}

/// A test program, or one module of it.
pub struct Program {
    tree: PathBuf,
    path: PathBuf,
    part: Option<String>,
    takes: Duration,
    /// The mutants that it reaches.
    reaches: BTreeSet<usize>,
}

impl Program {
    pub fn new(tree: &Path, path: PathBuf, part: Option<String>) -> Self {
        let trace = tree.join("../trace");
        let _ = fs::remove_file(&trace);
        // Some of its tests may not stand the tracing; it must pass without.
        let mut traced = command(&call(tree, &path, part.as_deref(), Some(&trace), 0));
        let _ = traced.stdout(Stdio::null()).status();
        let start = Instant::now();
        let passed = passes(&call(tree, &path, part.as_deref(), None, 0), Duration::MAX);
        assert_eq!(passed, Some(true), "{} fails by itself", path.display());
        let takes = start.elapsed();
        let lines = fs::read_to_string(&trace).unwrap_or_default();
        let reaches = lines.lines().filter_map(|id| id.parse().ok()).collect();
        Self {
            tree: tree.to_owned(),
            path,
            part,
            takes,
            reaches,
        }
    }

    /// Of all of them, in their order: several at a time, as most tests wait for most of theirs.
    pub fn fates(&self, ids: impl Iterator<Item = usize>) -> Vec<Fate> {
        let ids: Vec<usize> = ids.collect();
        let next = AtomicUsize::new(0);
        let fates = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let fate = self.fate(*id);
                        fates.lock().expect("no panic").insert(*id, fate);
                    }
                });
            }
        });
        let mut fates = fates.into_inner().expect("no panic");
        for (id, fate) in &mut fates {
            // The others may have kept it from its end.
            if matches!(fate, Fate::TimedOut) {
                *fate = self.fate(*id);
            }
        }
        fates.into_values().collect()
    }

    fn fate(&self, id: usize) -> Fate {
        if !self.reaches.contains(&id) {
            return Fate::Unreached;
        }
        let patience = PATIENCE.saturating_add(self.takes * 3);
        match passes(
            &call(&self.tree, &self.path, self.part.as_deref(), None, id),
            patience,
        ) {
            Some(true) => Fate::Survived,
            Some(false) => Fate::Caught,
            None => Fate::TimedOut,
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default();
        write!(
            f,
            "{} {}({:.1?}, reaches {})",
            name.display(),
            self.part
                .as_deref()
                .map(|part| format!("{part} "))
                .unwrap_or_default(),
            self.takes,
            self.reaches.len()
        )
    }
}

struct Call<'a> {
    tree: &'a Path,
    program: &'a Path,
    part: Option<&'a str>,
    trace: Option<&'a Path>,
    id: usize,
}

fn call<'a>(
    tree: &'a Path,
    program: &'a Path,
    part: Option<&'a str>,
    trace: Option<&'a Path>,
    id: usize,
) -> Call<'a> {
    Call {
        tree,
        program,
        part,
        trace,
        id,
    }
}

/// True if all tests pass; none if that takes too long. The first failure is enough.
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
    command.args(call.part);
    let skipped = env::var("MUTANTS_SKIP").unwrap_or_default();
    for part in skipped.split(';').filter(|part| !part.is_empty()) {
        command.args(["--skip", part]);
    }
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
