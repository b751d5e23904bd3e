//! A Copper that answers what it is told to, when it is told to, and keeps account of what happened, with
//! how much of the journal was there at each moment.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::{
    facts::{Facts, Told},
    fate::Fate,
    journal::{Said, said},
};
use crate::{bulk::Settled, types::Lead};

/// Something that happened: the facts after it, and of the journal what must be on the disk by then, and
/// what may be.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) facts: Facts,
    /// How many faults there were.
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
    /// Nothing may be sent any more.
    closed: bool,
    requests: usize,
    faults: usize,
    /// The first promise that was broken. It is kept for the walk: a task's panic would go unnoticed.
    broken: Option<String>,
    story: Vec<String>,
}

struct Pending {
    records: Vec<usize>,
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
            state.pending.push(Pending { records, reply });
            if let Some(fate) = state.lasting {
                let last = state.pending.len() - 1;
                state.answer(last, fate);
            }
        }
        fate.await.expect("it is told")
    }

    /// How many records each request holds that waits for its fate.
    pub(super) fn pending(&self) -> Vec<usize> {
        let mut state = self.state();
        state.pending.sort_by_key(|pending| pending.records[0]);
        state.pending.iter().map(|it| it.records.len()).collect()
    }

    pub(super) fn answer(&self, pending: usize, fate: Fate) {
        let mut state = self.state();
        state.faults += usize::from(fate != Fate::Accepted);
        state.answer(pending, fate);
    }

    /// From now on nothing may be sent.
    pub(super) fn close(&self) {
        self.state().closed = true;
    }

    /// The run is gone; what is under way is of no more use to it.
    pub(super) fn cut_off(&self) {
        let mut state = self.state();
        state.closed = true;
        state.pending.clear();
        state.facts.cut_off();
        state.story.push("it is dropped".to_owned());
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

    /// All that was begun is done, and on the disk.
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
        let Pending { records, reply } = self.pending.remove(pending);
        self.facts.met(&records, fate);
        self.story.push(format!("{records:?} met {fate:?}"));
        self.happened(|_| None);
        if fate.lasts() {
            self.lasting = Some(fate);
        }
        // Nobody waits for it if it was cut off.
        let _ = reply.send(fate);
        while let (Some(fate), false) = (self.lasting, self.pending.is_empty()) {
            self.answer(0, fate);
        }
    }

    /// Takes down a moment. `synced` says how much of the journal was to be on the disk before it.
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

/// Where the line ends that says what became of a record.
fn settling(journal: &str, n: usize) -> Option<usize> {
    let settles = |line: &Said<'_>| matches!(line.verb, "answered" | "found" | "absent");
    let lines = said(journal).filter(settles);
    let of_it = lines.filter(|line| line.records().contains(&n));
    of_it.last().map(|line| line.end)
}
