//! All paths of a run, from every state that one of them can leave behind.

use std::{
    collections::{BTreeSet, HashSet},
    env, fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::{
    choices::Choices,
    facts::{Facts, Told},
    fate::Fate,
    journal,
    kind::Kind,
    server::Server,
    walk::{World, crashes, walk},
};

/// The size of a search.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) leads: usize,
    pub(super) chunk: usize,
    /// The number of requests with a fate that is a fault.
    pub(super) faults: usize,
    /// True if only one request is sent at a time.
    pub(super) alone: bool,
    /// True if a journal is kept, so that a run can be started again.
    pub(super) journal: bool,
    /// True if records in doubt are looked up, and sent again if they are absent.
    pub(super) reconciles: bool,
}

impl Size {
    /// The same with a journal.
    pub(super) fn journalled(self) -> Self {
        Self {
            journal: true,
            ..self
        }
    }

    /// The same, with lookups of records in doubt.
    pub(super) fn looking(self) -> Self {
        Self {
            reconciles: true,
            ..self
        }
    }
}

/// The state that a run is started with.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) facts: Facts,
    journal: Vec<u8>,
    /// The faults that may still come.
    pub(super) faults: usize,
    /// True if the caller has stopped or dropped it before, and does not do so again.
    pub(super) ended: bool,
}

/// The events that a search has met.
#[derive(Default)]
pub(super) struct Found {
    name: &'static str,
    size: Size,
    starts: usize,
    runs: usize,
    requests: usize,
    crashes: usize,
    pub(super) stops: usize,
    pub(super) drops: usize,
    pub(super) fates: BTreeSet<Fate>,
    /// The fates of lookups.
    pub(super) lookups: BTreeSet<Fate>,
    pub(super) told: BTreeSet<Told>,
}

/// Walks all paths, and panics with the story of the first that breaks a guarantee.
pub(super) fn search<K: Kind>(size: Size) -> Found {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let file = JournalFile::new();
    let world = runtime.block_on(World::new(file.0.clone()));
    let mut found = Found {
        name: K::OPERATION.id,
        size,
        ..Found::default()
    };
    let facts = Facts::new(K::REPEATS, size.reconciles);
    let mut starts = vec![Start {
        facts,
        journal: Vec::new(),
        faults: size.faults,
        ended: false,
    }];
    let mut seen = HashSet::new();
    while let Some(start) = starts.pop() {
        found.starts += 1;
        let mut choices = Choices::default();
        loop {
            let _ = fs::remove_file(&world.journal);
            if size.journal {
                fs::write(&world.journal, &start.journal).expect("a journal");
            }
            let path = size.journal.then(|| world.journal.clone());
            let server = {
                // Its clock is the virtual one.
                let _runtime = runtime.enter();
                Arc::new(Server::new(start.facts.clone(), path))
            };
            let walked = catch_unwind(AssertUnwindSafe(|| {
                let walk = walk::<K>(&world, &size, &start, &server, &mut choices, &mut found);
                runtime.block_on(walk)
            }));
            let moments = walked.unwrap_or_else(|panic| {
                eprintln!("after\n{}", String::from_utf8_lossy(&start.journal));
                eprintln!("{}\n{:?}", server.story().join("\n"), choices.path());
                resume_unwind(panic)
            });
            found.runs += 1;
            found.requests += server.requests();
            let journal = world.left();
            for (at, journal) in crashes(&moments, &journal) {
                found.crashes += 1;
                let either = size.reconciles && moments[at].facts.is_busy();
                for is_done in [true, false].into_iter().take(1 + usize::from(either)) {
                    let mut facts = moments[at].facts.clone();
                    facts.cut_off(is_done);
                    facts.keep(&String::from_utf8_lossy(&journal));
                    let faults = start.faults - moments[at].faults;
                    if seen.insert((facts.clone(), gist(&journal), faults)) {
                        starts.push(Start {
                            facts,
                            journal: journal.clone(),
                            faults,
                            ended: true,
                        });
                    }
                }
            }
            if !choices.next() {
                break;
            }
        }
    }
    println!("{found}, in {:.1} s", began.elapsed().as_secs_f64());
    found
}

/// The identity of a journal: everything except hashes and times, which differ from run to run, and refused
/// requests, of which there may be any number. And whether its end is cut off.
fn gist(journal: &[u8]) -> (Vec<String>, bool) {
    let text = String::from_utf8_lossy(journal);
    let mut gist: Vec<String> = Vec::new();
    let mut torn = false;
    for line in text.split_inclusive('\n') {
        torn = !line.ends_with('\n');
        let line = journal::gist(line);
        if let Some(range) = line.strip_prefix("refused") {
            let sent = format!("sending{range}");
            gist.retain(|line| *line != sent);
        } else if !torn {
            // Of what is said again only the last time counts: what was sent again comes after its absence.
            gist.retain(|before| *before != line);
            gist.push(line);
        }
    }
    (gist, torn)
}

impl Found {
    /// True if every possible event was met.
    pub(super) fn assert_complete(&self) {
        let all: BTreeSet<_> = Fate::of(self.size.chunk, self.size.reconciles).collect();
        assert_eq!(self.fates, all);
        let all = Fate::of_lookup(true).filter(|_| self.size.reconciles);
        assert_eq!(self.lookups, all.collect());
        assert_eq!(self.told.len(), 4, "{:?}", self.told);
        assert!(self.stops > 0 && self.drops > 0);
        assert_eq!(self.size.journal, self.crashes > 0);
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            size:
                Size {
                    leads,
                    chunk,
                    faults,
                    alone,
                    journal,
                    reconciles,
                },
            starts,
            runs,
            requests,
            crashes,
            stops,
            drops,
            ..
        } = self;
        write!(
            f,
            "{name}, {leads} leads in chunks of {chunk}, {faults} faults"
        )?;
        f.write_str(if *alone {
            ", one request at a time"
        } else {
            ""
        })?;
        f.write_str(if *journal { ", with a journal" } else { "" })?;
        f.write_str(if *reconciles { ", looking up" } else { "" })?;
        write!(
            f,
            ": {runs} runs from {starts} states, {requests} requests, {stops} stops, {drops} drops, {crashes} crashes"
        )
    }
}

/// A file for this search alone, in memory if there is such a folder.
struct JournalFile(PathBuf);

impl JournalFile {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() {
            memory
        } else {
            env::temp_dir()
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(folder.join(format!("copper-crm-model-{}-{number}", process::id())))
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
