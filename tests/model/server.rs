//! A scripted Copper: it answers as it is told, when it is told. It records the events, with the length of
//! the journal at each.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::oneshot, time::Instant};

use super::{
    facts::{Facts, Told},
    fate::{Fate, id},
    journal::{Said, said},
    lookup::LAG,
};
use crate::{
    bulk::Settled,
    item::Parts,
    types::{Lead, Timestamp},
};

/// An event: the facts after it; the part of the journal that must be on the disk by then, and the part that
/// may be.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) facts: Facts,
    /// The number of faults so far.
    pub(super) faults: usize,
    pub(super) synced: usize,
    pub(super) written: usize,
}

pub(super) struct Server {
    state: Mutex<State>,
}

struct State {
    facts: Facts,
    journal: Option<PathBuf>,
    moments: Vec<Moment>,
    pending: Vec<Pending>,
    lasting: Option<Fate>,
    began: Instant,
    /// The times when the requests of records in doubt were given up.
    doubtful: BTreeMap<usize, Instant>,
    /// Nothing may be sent any more.
    closed: bool,
    requests: usize,
    faults: usize,
    /// The first guarantee that was broken. It is kept for the walk, because nobody would notice a task's
    /// panic.
    broken: Option<String>,
    story: Vec<String>,
}

struct Pending {
    records: Vec<usize>,
    /// True if it is a search for them.
    is_look: bool,
    arrived: Instant,
    reply: oneshot::Sender<Fate>,
}

impl Server {
    pub(super) fn new(facts: Facts, journal: Option<PathBuf>) -> Self {
        let state = State {
            facts,
            journal,
            moments: Vec::new(),
            pending: Vec::new(),
            lasting: None,
            began: Instant::now(),
            doubtful: BTreeMap::new(),
            closed: false,
            requests: 0,
            faults: 0,
            broken: None,
            story: Vec::new(),
        };
        let this = Self {
            state: Mutex::new(state),
        };
        // What survived a crash is on the disk; half a line is cut off by the next start.
        let whole = |journal: &str| Some(journal.rfind('\n')? + 1);
        this.state().happened(whole);
        this
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request arrives, and waits for its fate.
    pub(super) async fn meet(&self, records: &[usize]) -> Fate {
        let (reply, fate) = oneshot::channel();
        {
            let mut state = self.state();
            let mut sent = state.facts.sent(records);
            if state.closed {
                sent = Err(format!("{records:?} are sent by a run that was ended"));
            }
            state.story.push(format!("sent {records:?}"));
            state.broken = state.broken.take().or(sent.err());
            state.requests += 1;
            state.happened(|journal| {
                let sending = said(journal).filter(|line| line.verb == "sending");
                let of_it = sending.filter(|line| line.is_of(records));
                of_it.last().map(|line| line.end)
            });
            let records = records.to_vec();
            state.pending.push(Pending {
                records,
                is_look: false,
                arrived: Instant::now(),
                reply,
            });
            if let Some(fate) = state.lasting {
                let last = state.pending.len() - 1;
                state.answer(last, fate);
            }
        }
        fate.await.expect("it is told")
    }

    /// A search for these records arrives, and waits for its fate. Returns those that it finds.
    pub(super) async fn look(&self, records: &[usize]) -> (Fate, Vec<Lead>) {
        let (reply, fate) = oneshot::channel();
        let arrived = Instant::now();
        {
            let mut state = self.state();
            let closed = state.closed.then_some("it is looked for after the end");
            state.broken = state.broken.take().or(closed.map(str::to_owned));
            state.story.push(format!("looks up {records:?}"));
            let records = records.to_vec();
            state.pending.push(Pending {
                records,
                is_look: true,
                arrived,
                reply,
            });
            if let Some(fate) = state.lasting.filter(|fate| !fate.reads()) {
                let last = state.pending.len() - 1;
                state.answer(last, fate);
            }
        }
        let fate = fate.await.expect("it is told");
        let state = self.state();
        let there = records.iter().filter(|n| {
            let hidden = fate == Fate::Lagging && state.may_lag(**n, arrived);
            state.facts.is_there(**n) && !hidden
        });
        (fate, there.map(|n| state.lead(*n)).collect())
    }

    /// The possible fates of each waiting request and search.
    pub(super) fn pending(&self) -> Vec<Vec<Fate>> {
        let mut state = self.state();
        // Nobody waits for a search after the end.
        state
            .pending
            .retain(|it| !it.is_look || !it.reply.is_closed());
        state.pending.sort_by_key(|it| (it.is_look, it.records[0]));
        let fates = |it: &Pending| -> Vec<Fate> {
            if it.is_look {
                let may_lag = it.records.iter().any(|n| state.may_lag(*n, it.arrived));
                Fate::of_lookup(may_lag).collect()
            } else {
                Fate::of(it.records.len(), state.facts.reconciles()).collect()
            }
        };
        state.pending.iter().map(fates).collect()
    }

    /// True if this is a search.
    pub(super) fn is_look(&self, pending: usize) -> bool {
        self.state().pending[pending].is_look
    }

    pub(super) fn answer(&self, pending: usize, fate: Fate) {
        let mut state = self.state();
        state.faults += usize::from(fate != Fate::Accepted);
        state.answer(pending, fate);
    }

    /// True if something is in flight.
    pub(super) fn is_busy(&self) -> bool {
        self.state().facts.is_busy()
    }

    /// Forbids sending from now on.
    pub(super) fn close(&self) {
        self.state().closed = true;
    }

    /// The run is gone, and its requests in flight are of no use to it.
    pub(super) fn cut_off(&self, is_done: bool) {
        let mut state = self.state();
        state.closed = true;
        state.pending.clear();
        state.facts.cut_off(is_done);
        state.story.push(format!(
            "it is dropped, what was in flight is done: {is_done}"
        ));
        state.happened(|_| None);
    }

    /// The caller is told.
    pub(super) fn tell(&self, settled: &Settled<usize, Lead>) -> Told {
        let mut state = self.state();
        let (n, outcome) = (settled.input, &settled.outcome);
        state.story.push(format!("told #{n}: {outcome:?}"));
        let told = state.facts.tell(settled);
        state.happened(|journal| settling(journal, n));
        told
    }

    /// Everything that was begun is done, and on the disk.
    pub(super) fn quiet(&self) {
        let mut state = self.state();
        assert_eq!(state.broken, None);
        state.happened(|journal| Some(journal.len()));
    }

    pub(super) fn story(&self) -> Vec<String> {
        self.state().story.clone()
    }

    pub(super) fn lasting(&self) -> Option<Fate> {
        self.state().lasting
    }

    pub(super) fn requests(&self) -> usize {
        self.state().requests
    }

    pub(super) fn take_moments(&self) -> Vec<Moment> {
        std::mem::take(&mut self.state().moments)
    }
}

impl State {
    fn answer(&mut self, pending: usize, fate: Fate) {
        let Pending {
            records,
            is_look,
            arrived: _,
            reply,
        } = self.pending.remove(pending);
        if !is_look {
            self.facts.met(&records, fate);
            let now = Instant::now();
            self.doubtful.extend(records.iter().map(|n| (*n, now)));
        }
        self.story.push(format!("{records:?} met {fate:?}"));
        self.happened(|_| None);
        if fate.lasts() {
            self.lasting = Some(fate);
        }
        // Nobody waits for it if it was cut off.
        let _ = reply.send(fate);
        while let Some(fate) = self.lasting {
            let meets_it = |it: &Pending| !it.is_look || !fate.reads();
            let Some(at) = self.pending.iter().position(meets_it) else {
                break;
            };
            self.answer(at, fate);
        }
    }

    /// True if a search that began at this time may miss an existing record.
    fn may_lag(&self, n: usize, began: Instant) -> bool {
        let since = self.doubtful.get(&n).copied().unwrap_or(self.began);
        self.facts.is_there(n) && began < since + LAG
    }

    /// An existing record, created when it was last sent.
    fn lead(&self, n: usize) -> Lead {
        let journal = self.journal.as_ref().map(fs::read_to_string);
        let journal = journal.transpose().ok().flatten().unwrap_or_default();
        let sending = said(&journal).filter(|line| line.verb == "sending");
        let of_it = sending.filter(|line| line.records().contains(&n));
        let at = of_it.last().and_then(|line| line.at).map(Timestamp);
        Lead {
            date_created: Some(at.unwrap_or_else(Timestamp::now)),
            ..Lead::of_id(id(n)).expect("a lead")
        }
    }

    /// Records a moment. `synced` is the part of the journal that must have been on the disk before it.
    fn happened(&mut self, synced: impl FnOnce(&str) -> Option<usize>) {
        let Some(journal) = &self.journal else {
            return;
        };
        let text = fs::read_to_string(journal).unwrap_or_default();
        let before = self.moments.last().map_or(0, |moment| moment.synced);
        self.moments.push(Moment {
            facts: self.facts.clone(),
            faults: self.faults,
            synced: synced(&text).unwrap_or_default().max(before),
            written: text.len(),
        });
    }
}

/// The end of the line with the outcome of a record.
fn settling(journal: &str, n: usize) -> Option<usize> {
    let settles = |line: &Said<'_>| matches!(line.verb, "answered" | "found" | "absent");
    let lines = said(journal).filter(settles);
    let of_it = lines.filter(|line| line.records().contains(&n));
    of_it.last().map(|line| line.end)
}
