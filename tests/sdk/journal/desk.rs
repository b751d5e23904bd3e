//! An account, a client and a place for a journal, and what comes of runs with it.

use std::{collections::BTreeMap, future::Future, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Run, Settled, Source, StoppedBy},
    types::{BulkCreateLeads, Lead},
};
use copper_crm_sandbox::{Arrival, Sandbox};

use crate::support::{child, folder::Folder, held, place::Place};

pub type Item = Settled<NewLead, Lead>;
pub type Import<'a> = Run<'a, BulkCreateLeads>;

/// What is added where an earlier start may have sent what this one does not send.
pub const DOUBT: &str = "; an earlier start may have sent it, so look before you send it again";

/// An account, a client, and a place for a journal.
pub struct Desk {
    pub sandbox: Sandbox,
    pub copper: Copper,
    pub folder: Folder,
    pub journal: Place,
}

impl Desk {
    /// With limits so short that tests take milliseconds.
    pub async fn new() -> Self {
        let sandbox = Sandbox::builder().scale(0.01).start().await;
        Self::at(sandbox.expect("a sandbox"))
    }

    /// Another account at the address of this one, which is closed.
    pub async fn replaced(self) -> Self {
        let url = self.copper.base_url().to_owned();
        let port = url
            .split([':', '/'])
            .find_map(|part| part.parse::<u16>().ok());
        drop(self);
        loop {
            let builder = Sandbox::builder().scale(0.01).port(port.expect("a port"));
            match builder.start().await {
                Ok(sandbox) => return Self::at(sandbox),
                // What was dropped is still letting go of it.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    pub fn at(sandbox: Sandbox) -> Self {
        let copper = sandbox.copper().build().expect("a client");
        let folder = Folder::new();
        let journal = Place::new(&folder);
        Self {
            sandbox,
            copper,
            folder,
            journal,
        }
    }

    /// An import in requests of five, with the journal.
    pub fn run<'a>(&self, leads: impl Source<'a, NewLead, Key = ()>) -> Import<'a> {
        self.copper
            .bulk_create_leads(leads)
            .chunk_size(5)
            .journal(self.journal.location())
    }

    /// An import that goes on to its end. Its outcomes are true.
    pub async fn start(&self, leads: impl Source<'_, NewLead, Key = ()>) -> Ended {
        let mut run = self.run(leads);
        let ended = Ended::of(&mut run, Vec::new()).await;
        self.check(&ended.items);
        ended
    }

    /// The names of the leads that are there, and their ids; no name is there twice.
    pub fn held(&self) -> BTreeMap<String, i64> {
        held::held(&self.sandbox)
    }

    /// Every outcome is in order and true.
    pub fn check(&self, items: &[Item]) {
        let held = self.held();
        for (n, item) in items.iter().enumerate() {
            assert_eq!(item.index, n as u64);
            let id = held.get(&item.input.name).copied();
            match &item.outcome {
                Outcome::Done(lead) => assert_eq!(id, Some(*lead.id), "#{n} is done"),
                Outcome::Rejected(why) => assert_eq!(id, None, "#{n} is rejected: {why}"),
                Outcome::NotSent(why) => assert_eq!(id, None, "#{n} is not sent: {why}"),
                Outcome::Unknown(_) => {}
            }
        }
    }

    /// The sizes of the bulk requests that arrived, the smallest first.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<_> = self.sandbox.arrivals().iter().map(|a| a.items).collect();
        sizes.sort();
        sizes
    }

    /// Whether a request with this lead, and so many in all, has arrived.
    pub fn has_arrived(&self, n: usize, items: usize) -> bool {
        let arrivals = self.sandbox.arrivals();
        arrivals.iter().any(|a| a.items == items && holds(a, n))
    }

    pub fn written(&self) -> String {
        self.journal.written()
    }

    /// Whether the journal has this line.
    pub fn has(&self, line: &str) -> bool {
        self.written()
            .split_inclusive('\n')
            .any(|written| written.starts_with(line) && written.ends_with('\n'))
    }
}

/// A run that has ended.
pub struct Ended {
    pub items: Vec<Item>,
    pub stopped_by: Option<StoppedBy>,
}

impl Ended {
    /// The rest of a run that has given these items already.
    pub async fn of(run: &mut Import<'_>, mut items: Vec<Item>) -> Self {
        while let Some(item) = run.next().await {
            items.push(item);
        }
        let stopped_by = run.stopped_by();
        Self { items, stopped_by }
    }

    /// One letter for each outcome: done, rejected, not sent or unknown; small if the journal says so.
    pub fn letters(&self) -> String {
        let letter = |item: &Item| match (&item.outcome, item.from_journal) {
            (Outcome::Done(_), false) => 'D',
            (Outcome::Done(_), true) => 'd',
            (Outcome::Rejected(_), false) => 'R',
            (Outcome::Rejected(_), true) => 'r',
            (Outcome::NotSent(_), _) => 'N',
            (Outcome::Unknown(_), false) => 'U',
            (Outcome::Unknown(_), true) => 'u',
        };
        self.items.iter().map(letter).collect()
    }

    pub fn words(&self) -> Vec<String> {
        let word = |item: &Item| child::word(&item.outcome);
        self.items.iter().map(word).collect()
    }

    /// What is wrong with the journal, without the words that come before it.
    pub fn fault(&self) -> String {
        let Some(StoppedBy::Error(error)) = &self.stopped_by else {
            panic!("it is stopped by an error: {:?}", self.stopped_by)
        };
        assert!(error.is_journal(), "{error}");
        let text = error.to_string();
        let fault = text.strip_prefix("the journal can't be used: ");
        let fault = fault.expect("it says that");
        let doubt = fault.strip_suffix(DOUBT);
        assert_eq!(doubt.is_some(), error.may_have_taken_effect(), "{text}");
        doubt.unwrap_or(fault).to_owned()
    }
}

/// So many leads, some of which are rejected.
pub fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..count).map(child::lead)
}

/// The outcomes of a run up to when something is so.
pub async fn until(run: &mut Import<'_>, mut is_so: impl FnMut() -> bool) -> Vec<Item> {
    let mut items = Vec::new();
    while !is_so() {
        tokio::select! {
            item = run.next() => items.extend(item),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
    }
    items
}

/// The same for a future that is not to end before.
pub async fn meanwhile(mut is_so: impl FnMut() -> bool, what: impl Future<Output = ()>) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = wait => {}
        () = what => panic!("it ended before"),
    }
}

/// Whether a lead was in a request.
pub fn holds(arrival: &Arrival, n: usize) -> bool {
    arrival.contains(&format!("\"{}\"", child::name(n)))
}
