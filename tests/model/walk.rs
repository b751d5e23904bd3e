//! One run, from its start to its end, along one path of choices.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::HeaderMap;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::sleep,
};

use super::{
    choices::Choices,
    facts::Told,
    fate::Fate,
    http,
    kind::{Kind, Request},
    lookup::plan,
    search::{Found, Size, Start},
    server::{Moment, Server},
};
use crate::{
    Copper,
    bulk::Run,
    client::{Observers, Shared},
    limit::{AppliesTo, Limit, Limiter},
};

/// Longer than any pause of the pipeline: afterwards everything that happens by itself has happened.
const QUIET: Duration = Duration::from_secs(35);
/// Shorter than any pause.
const MOMENT: Duration = Duration::from_millis(1);
/// This many quiet times in a row are longer than the longest wait for the end of an outage.
const PATIENCE: usize = 60;

/// The state that all runs of a search share.
pub(super) struct World {
    http: reqwest::Client,
    base_url: String,
    /// True if the harmless read is answered.
    reads: Arc<AtomicBool>,
    pub(super) journal: PathBuf,
}

impl World {
    pub(super) async fn new(journal: PathBuf) -> Self {
        let http = http().pool_max_idle_per_host(0).build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let reads = Arc::new(AtomicBool::new(true));
        tokio::spawn(answer_reads(listener, Arc::clone(&reads)));
        Self {
            http: http.expect("a client"),
            base_url: format!("http://{address}"),
            reads,
            journal,
        }
    }

    pub(super) fn copper(&self, alone: bool) -> Copper {
        let one = Limit {
            applies_to: AppliesTo::All,
            requests: 1,
            window: Duration::from_secs(1),
        };
        let shared = Shared::new(
            HeaderMap::new(),
            self.base_url.as_str().into(),
            Limiter::new(alone.then_some(one)),
            Duration::from_secs(60),
            Observers::default(),
        );
        Copper::of(self.http.clone(), shared)
    }

    /// The current content of the journal.
    pub(super) fn left(&self) -> Vec<u8> {
        fs::read(&self.journal).unwrap_or_default()
    }
}

/// Answers each request with an empty list, while there is a caller.
async fn answer_reads(listener: TcpListener, reads: Arc<AtomicBool>) {
    const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
    while let Ok((mut line, _)) = listener.accept().await {
        let _ = line.read(&mut [0; 4096]).await;
        if reads.load(Ordering::Acquire) {
            let _ = line.write_all(EMPTY).await;
        }
    }
}

/// The next action.
#[derive(Clone, Copy, Debug)]
enum Act {
    Answer(usize, Fate),
    Wait,
    Stop,
    /// True if the requests in flight are done.
    Drop(bool),
}

/// Walks one path. Returns its moments.
pub(super) async fn walk<K: Kind>(
    world: &World,
    size: &Size,
    start: &Start,
    server: &Arc<Server>,
    choices: &mut Choices,
    found: &mut Found,
) -> Vec<Moment> {
    world.reads.store(true, Ordering::Release);
    let copper = world.copper(size.alone);
    let mut run = Run::<Request<K>>::with_terms(copper, 0..size.leads, Arc::clone(server))
        .chunk_size(size.chunk);
    if size.journal {
        run = run.journal(&world.journal);
    }
    if size.reconciles {
        run.plan = Some(plan(server));
    }
    // Whether a search was answered with what no later one will change.
    let mut looked_in_vain = false;
    let (mut faults, mut ended) = (start.faults, start.ended);
    let (mut told, mut waits, mut unsettled) = (Vec::new(), 0, false);
    loop {
        // After a fault it is looked at twice: within the pauses that it causes, and after them.
        let quiet = if unsettled { MOMENT } else { QUIET };
        let item = tokio::select! {
            biased;
            item = run.next() => item,
            () = sleep(quiet) => {
                server.quiet();
                let pending = server.pending();
                let lasting = server.lasting().is_some();
                let mut acts = Vec::new();
                if unsettled {
                    acts.push(Act::Wait);
                } else {
                    for (at, fates) in pending.iter().enumerate() {
                        let fates = fates.iter().take(if faults > 0 { usize::MAX } else { 1 });
                        acts.extend(fates.map(|fate| Act::Answer(at, *fate)));
                    }
                }
                if !ended && (!acts.is_empty() || lasting && waits == 0) {
                    acts.extend([Act::Stop, Act::Drop(true)]);
                    acts.extend((size.reconciles && server.is_busy()).then_some(Act::Drop(false)));
                }
                if acts.is_empty() {
                    acts.push(Act::Wait);
                }
                let act = acts[choices.one_of(acts.len())];
                waits = if pending.is_empty() { waits + 1 } else { 0 };
                assert!(waits < PATIENCE, "it comes to no end");
                unsettled = false;
                match act {
                    Act::Wait => {}
                    Act::Answer(at, fate) => {
                        world.reads.store(fate.reads(), Ordering::Release);
                        if server.is_look(at) {
                            looked_in_vain |= fate == Fate::Unauthorized;
                            found.lookups.insert(fate);
                        } else {
                            found.fates.insert(fate);
                        }
                        server.answer(at, fate);
                        unsettled = fate != Fate::Accepted;
                        faults -= usize::from(unsettled);
                    }
                    Act::Stop => {
                        run.stop();
                        server.close();
                        (ended, found.stops) = (true, found.stops + 1);
                    }
                    Act::Drop(is_done) => {
                        drop(run);
                        server.cut_off(is_done);
                        found.drops += 1;
                        sleep(QUIET).await;
                        server.quiet();
                        return server.take_moments();
                    }
                }
                continue;
            }
        };
        let Some(item) = item else {
            break;
        };
        told.push(server.tell(&item));
        found.told.insert(told[told.len() - 1]);
    }
    server.quiet();
    assert_eq!(told.len(), size.leads, "each record has its one outcome");
    assert!(run.next().await.is_none(), "a run that has ended stays so");
    let undisturbed = faults == start.faults && ended == start.ended;
    for (n, told) in told.into_iter().enumerate() {
        let smooth = undisturbed && start.facts.is_free(n);
        assert!(
            !smooth || told == Told::Done,
            "#{n} is {told:?} for no reason"
        );
        let ended = ended != start.ended || run.stopped_by().is_some();
        let looked_up = size.reconciles && !looked_in_vain && !ended && server.lasting().is_none();
        assert!(
            !looked_up || matches!(told, Told::Done | Told::Rejected),
            "#{n} is {told:?}, and could be looked up"
        );
        let unsent = told == Told::NotSent;
        let limited = server.lasting() == Some(Fate::LimitedForGood);
        assert!(
            !unsent || limited || run.stopped_by().is_some(),
            "#{n} was not sent"
        );
    }
    server.take_moments()
}

/// The journals that a crash can leave after each moment and before the next: everything that must be on the
/// disk by then, and any number of the lines that may have been written, the last of which may be cut off.
pub(super) fn crashes(moments: &[Moment], journal: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut cuts = BTreeSet::from([0]);
    let mut start = 0;
    for line in journal.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        cuts.extend([end - 1, end]);
        start = end;
    }
    let mut crashes = Vec::new();
    for (at, moment) in moments.iter().enumerate() {
        let next = moments.get(at + 1);
        let written = next.map_or(journal.len(), |next| next.written);
        let possible = cuts
            .iter()
            .filter(|cut| (moment.synced..=written).contains(cut));
        crashes.extend(possible.map(|cut| (at, journal[..*cut].to_vec())));
    }
    crashes
}
