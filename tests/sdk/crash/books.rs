//! What an import has said over all its starts, and whether that is true.

use std::collections::{BTreeMap, BTreeSet};

use copper_crm_sandbox::{Fault, Sandbox};
use serde_json::Value;

use super::{
    child,
    held::held,
    place::Place,
    rounds::Tally,
    world::{is_refusal, leaves_doubt},
};

/// Requests that may be unsettled at a time.
const UNSETTLED: usize = 16;

/// What was told of each lead of one import.
pub struct Books {
    told: Vec<Option<String>>,
    /// Leads that were in flight when a start was cut short.
    in_flight: BTreeSet<usize>,
    /// Whether what is in doubt is looked up, and sent again when it is absent.
    reconciled: bool,
}

impl Books {
    pub fn new(leads: usize) -> Self {
        Self {
            told: vec![None; leads],
            in_flight: BTreeSet::new(),
            reconciled: false,
        }
    }

    /// Of an import that looks up what is in doubt.
    pub fn reconciled(leads: usize) -> Self {
        Self {
            reconciled: true,
            ..Self::new(leads)
        }
    }

    /// Whether nothing is left to be done by another start.
    pub fn are_closed(&self) -> bool {
        let is_open = |told: &str| told == "not-sent" || told == "unknown";
        !self.reconciled || !self.told.iter().flatten().any(|told| is_open(told))
    }

    /// Takes down that a start begins: what was not sent before may be sent now.
    pub fn start(&mut self) {
        for told in &mut self.told {
            let reconciled = self.reconciled;
            told.take_if(|told| told == "not-sent" || reconciled && told == "unknown");
        }
    }

    /// Takes down what a start tells. All else that was told once is told ever after.
    pub fn tell(&mut self, n: usize, word: &str) {
        let told = &mut self.told[n];
        match told.as_deref() {
            None => *told = Some(word.to_owned()),
            // Where a start was stopped before, it has not looked at it.
            Some("rejected tags") if word == "not-sent" => {}
            Some(before) => assert_eq!(before, word, "of #{n} two things were told"),
        }
    }

    pub fn is_told(&self, n: usize) -> bool {
        self.told[n].is_some()
    }

    /// Takes down that a start was cut short. Gives how many leads were in flight then.
    pub async fn cut_short(&mut self, journal: &Place) -> usize {
        journal.until_free().await;
        let in_flight = in_flight(&journal.written());
        assert!(in_flight.len() <= UNSETTLED * 10 + self.in_flight.len());
        let before = self.in_flight.len();
        self.in_flight.extend(in_flight);
        self.in_flight.len() - before
    }

    /// Whether all that was told is true by now.
    pub fn check(&self, sandbox: &Sandbox) {
        let held = held(sandbox);
        for (n, told) in self.told.iter().enumerate() {
            let id = held.get(&child::name(n));
            match told
                .as_deref()
                .map(|told| told.split_once(' ').unwrap_or((told, "")))
            {
                Some(("done", told)) => {
                    assert_eq!(
                        id.map(i64::to_string).as_deref(),
                        Some(told),
                        "#{n} is done"
                    )
                }
                Some(("rejected" | "not-sent", _)) => assert_eq!(id, None, "#{n} is {told:?}"),
                Some(("unknown", _)) | None => {}
                Some(other) => panic!("#{n}: {other:?}"),
            }
        }
        self.check_requests(sandbox);
    }

    /// No lead was sent again after a request with it that may have had its effect; and what is unknown
    /// was in flight at a cut, or left in doubt by a fault.
    fn check_requests(&self, sandbox: &Sandbox) {
        let mut last = BTreeMap::new();
        let mut in_doubt = BTreeSet::new();
        // Connections that are closed also take requests and answers that were just in flight.
        let mut disconnected = false;
        for arrival in sandbox.arrivals() {
            let fault = arrival.fault.as_ref();
            disconnected |= matches!(fault, Some(Fault::Refuse(_) | Fault::CloseOnAccept(_)));
            for (at, n) in numbers(&arrival.body).into_iter().enumerate() {
                let before = last.insert(n, arrival.status);
                // What was looked up and absent may be; that none is there twice is checked with what is held.
                let may_be = self.reconciled || is_free(before);
                assert!(may_be, "#{n} was sent again after {before:?}");
                if fault.is_some_and(|fault| leaves_doubt(fault, at)) {
                    in_doubt.insert(n);
                }
            }
        }
        for (n, told) in self.told.iter().enumerate() {
            if told.as_deref() == Some("unknown") {
                let explained =
                    disconnected || in_doubt.contains(&n) || self.in_flight.contains(&n);
                assert!(explained, "#{n} is unknown for no reason");
            }
        }
    }

    /// Every lead has its outcome, and none is left to be sent.
    pub fn close(&self, sandbox: &Sandbox) -> Tally {
        self.check(sandbox);
        let count = |kind: &str| {
            let told = self.told.iter().flatten();
            told.filter(|told| told.starts_with(kind)).count()
        };
        let tally = Tally {
            rounds: 1,
            leads: self.told.len(),
            done: count("done"),
            rejected: count("rejected"),
            unknown: count("unknown"),
            faults: sandbox.summary().faults,
            ..Tally::default()
        };
        assert_eq!(
            tally.leads,
            tally.done + tally.rejected + tally.unknown,
            "none is lost, and none left over"
        );
        assert!(
            !self.reconciled || tally.unknown == 0,
            "nothing is in doubt"
        );
        tally
    }
}

/// Whether a lead may be sent whose last request was answered with this status.
fn is_free(last: Option<Option<u16>>) -> bool {
    last.is_none_or(|status| status.is_some_and(is_refusal))
}

/// Which leads a request holds, in order.
fn numbers(body: &[u8]) -> Vec<usize> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let leads = body["leads"].as_array().cloned().unwrap_or_default();
    let number = |lead: &Value| lead["name"].as_str()?.strip_prefix("Lead ")?.parse().ok();
    leads.iter().filter_map(number).collect()
}

/// Which leads are, by a journal, in requests that have no answer.
fn in_flight(journal: &str) -> BTreeSet<usize> {
    let mut in_flight = BTreeSet::new();
    for line in journal
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<usize>().expect("a number");
        match words[0] {
            "sending" => in_flight.extend(number(1)..number(1) + number(2)),
            "found" => {
                in_flight.remove(&number(1));
            }
            "answered" | "refused" | "absent" => {
                let settled = number(1)..number(1) + number(2);
                in_flight.retain(|n| !settled.contains(n));
            }
            _ => {}
        }
    }
    in_flight
}
