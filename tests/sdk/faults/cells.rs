//! The cells of the fault matrix, one function for each kind of call. It injects a fault, and compares the
//! outcomes with the sandbox.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use copper_crm::{Copper, Error, NewLead, Outcome};
use copper_crm_sandbox::{Arrival, Fault, Sandbox};
use serde_json::Value;

use super::matrix::{Fate, ODD_AT, Place, Row};
use crate::support::held::held;

const CHUNK: usize = 3;
const CHUNKS: usize = 6;
/// The number of single calls in a row; fewer for reads that fail, because each takes long.
const CALLS: usize = 4;
const CALLS_IN_VAIN: usize = 2;
/// The time for which a request is sent again while it is refused with 429, without the time on the wire.
const PATIENCE: Duration = Duration::from_secs(119);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Done,
    Rejected,
    NotSent,
    Unknown,
}

/// The number of leads or calls with each outcome.
pub type Tally = BTreeMap<Kind, usize>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column {
    BulkCreate,
    CreateLead,
    GetLead,
    ListLeadStatuses,
}

impl Column {
    pub const EACH: [Self; 4] = [
        Self::BulkCreate,
        Self::CreateLead,
        Self::GetLead,
        Self::ListLeadStatuses,
    ];

    /// Checks one cell, and panics if it is wrong.
    pub async fn cell(self, row: &Row, place: Place) -> Tally {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let tally = match self {
            Self::BulkCreate => bulk(row, place, &sandbox, &copper).await,
            Self::CreateLead => creates(row, place, &sandbox, &copper).await,
            Self::GetLead => gets(row, place, &sandbox, &copper).await,
            Self::ListLeadStatuses => lists(row, place, &sandbox, &copper).await,
        };
        let struck = sandbox.arrivals().iter().any(|a| a.fault.is_some());
        assert!(struck, "the fault struck nothing");
        let unasked = |a: &Arrival| a.status == Some(429) && a.fault.is_none();
        let limited = sandbox.arrivals().iter().filter(|a| unasked(a)).count();
        assert_eq!(limited, 0, "no fault makes the client exceed the limits");
        tally
    }
}

fn name(n: usize) -> String {
    format!("Lead {n:02}")
}

async fn bulk(row: &Row, place: Place, sandbox: &Sandbox, copper: &Copper) -> Tally {
    let operation = "bulk_create_leads";
    sandbox.inject(row.fault.clone(), place.of(CHUNKS as u64).of(operation));
    let count = CHUNKS * CHUNK;
    let leads = (0..count).map(|n| NewLead::named(name(n)));
    let mut run = copper.bulk_create_leads(leads).chunk_size(CHUNK);
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        items.push(item);
    }
    let (held, mut arrivals) = (held(sandbox), sandbox.arrivals());
    arrivals.retain(|arrival| arrival.operation == Some(operation));
    let stopped = run.stopped_by().is_some();
    let mut tally = Tally::new();
    assert_eq!(items.len(), count, "each lead has its one outcome");
    for (n, item) in items.into_iter().enumerate() {
        assert_eq!((item.index, &item.input.name), (n as u64, &name(n)));
        let is_there = held.get(&name(n)).copied();
        let kind = match &item.outcome {
            Outcome::Done(lead) => {
                assert_eq!(Some(lead.id.0), is_there, "#{n} is done");
                Kind::Done
            }
            Outcome::Rejected(_) => Kind::Rejected,
            Outcome::NotSent(_) => Kind::NotSent,
            Outcome::Unknown(_) => Kind::Unknown,
        };
        if matches!(kind, Kind::Rejected | Kind::NotSent) {
            assert_eq!(is_there, None, "#{n}: {:?}", item.outcome);
        }
        let expected = expected(row, &name(n), &arrivals, stopped);
        assert!(
            expected.contains(&kind),
            "#{n}: {:?}, not {expected:?}",
            item.outcome
        );
        *tally.entry(kind).or_default() += 1;
    }
    let passes = place != Place::All && row.bulk != Fate::Refused;
    assert!(!(passes && stopped), "{:?}", run.stopped_by());
    tally
}

/// The possible outcomes of a lead, by the last request that contained it.
fn expected(row: &Row, name: &str, arrivals: &[Arrival], stopped: bool) -> Vec<Kind> {
    let with_it = |arrival: &&Arrival| arrival.contains(&format!("\"{name}\""));
    let Some(last) = arrivals.iter().rfind(with_it) else {
        let kinds = [
            row.closes().then_some(Kind::Unknown),
            stopped.then_some(Kind::NotSent),
        ];
        return kinds.into_iter().flatten().collect();
    };
    if last.fault.is_none() {
        return vec![Kind::Done];
    }
    let request: Value = serde_json::from_slice(&last.body).expect("JSON");
    let odd = request["leads"][ODD_AT]["name"] == name;
    vec![match row.bulk {
        Fate::Answered => Kind::Done,
        Fate::Lost | Fate::Unreadable => Kind::Unknown,
        Fate::OddItem if odd => Kind::Unknown,
        Fate::FailedItem if odd => Kind::Rejected,
        Fate::OddItem | Fate::FailedItem => Kind::Done,
        Fate::Refused => Kind::NotSent,
        Fate::Invalid if last.items == 1 => Kind::Rejected,
        Fate::Again if fits(&row.fault, last) => Kind::Done,
        Fate::Again if is_tried_long(arrivals.iter().filter(with_it)) => Kind::NotSent,
        // It was to be sent once more.
        Fate::Invalid | Fate::Again => return Vec::new(),
    }]
}

/// True if the fault lets this request pass.
fn fits(fault: &Fault, arrival: &Arrival) -> bool {
    matches!(fault, Fault::SizeLimit(limit) if arrival.items <= *limit)
}

/// True if these are one request that was sent again for two minutes, by the sandbox's clock.
fn is_tried_long<'a>(arrivals: impl IntoIterator<Item = &'a Arrival>) -> bool {
    let mut times = arrivals.into_iter().map(|arrival| arrival.at);
    let first = times.next().unwrap_or_default();
    let last = times.last().unwrap_or(first);
    last - first >= PATIENCE
}

async fn creates(row: &Row, place: Place, sandbox: &Sandbox, copper: &Copper) -> Tally {
    sandbox.inject(row.fault.clone(), place.of(CALLS as u64).of("create_lead"));
    let mut tally = Tally::new();
    for n in 0..calls(place) {
        let before = sandbox.arrivals().len();
        let result = copper.create_lead(&NewLead::named(name(n))).await;
        let arrivals = sandbox.arrivals().split_off(before);
        let is_there = held(sandbox).get(&name(n)).copied();
        match &result {
            Ok(lead) => assert_eq!(Some(lead.id.0), is_there, "it is created"),
            Err(error) if error.may_have_taken_effect() => {}
            Err(error) => assert_eq!(is_there, None, "{error}"),
        }
        let kind = match &result {
            Ok(_) => Kind::Done,
            Err(error) if error.may_have_taken_effect() => Kind::Unknown,
            Err(error) if error.is_invalid() => Kind::Rejected,
            Err(_) => Kind::NotSent,
        };
        let expected = match arrivals.last() {
            None if row.closes() => vec![Kind::Unknown, Kind::NotSent],
            None => vec![],
            Some(last) if last.fault.is_none() => vec![Kind::Done],
            Some(_) => vec![match row.create {
                Fate::Answered => Kind::Done,
                Fate::Lost | Fate::Unreadable | Fate::OddItem => Kind::Unknown,
                Fate::Invalid | Fate::FailedItem => Kind::Rejected,
                Fate::Refused => Kind::NotSent,
                Fate::Again => {
                    assert!(is_tried_long(&arrivals), "it was to be sent once more");
                    Kind::NotSent
                }
            }],
        };
        assert!(expected.contains(&kind), "{result:?}, not {expected:?}");
        if row.create != Fate::Again {
            assert!(arrivals.len() <= 1, "it was sent more than once");
        }
        *tally.entry(kind).or_default() += 1;
    }
    tally
}

fn calls(place: Place) -> usize {
    if place == Place::All {
        CALLS_IN_VAIN
    } else {
        CALLS
    }
}

async fn gets(row: &Row, place: Place, sandbox: &Sandbox, copper: &Copper) -> Tally {
    let lead = copper.create_lead(&NewLead::named(name(0))).await;
    let id = lead.expect("the lead to read").id;
    sandbox.inject(row.fault.clone(), place.of(CALLS as u64).of("get_lead"));
    let mut tally = Tally::new();
    for _ in 0..calls(place) {
        let before = sandbox.arrivals().len();
        // A failure that is said to have an id is gone from the sandbox.
        let was_there = held(sandbox).contains_key(&name(0));
        let result = copper.get_lead(id).await;
        let arrivals = sandbox.arrivals().split_off(before);
        if let Ok(lead) = &result {
            assert_eq!((lead.id, lead.name.as_ref()), (id, Some(&name(0))));
        }
        if was_there {
            let kind = read(row, row.get, place, &arrivals, result);
            *tally.entry(kind).or_default() += 1;
        }
    }
    tally
}

async fn lists(row: &Row, place: Place, sandbox: &Sandbox, copper: &Copper) -> Tally {
    let operation = "list_lead_statuses";
    sandbox.inject(row.fault.clone(), place.of(CALLS as u64).of(operation));
    let mut tally = Tally::new();
    for _ in 0..calls(place) {
        let before = sandbox.arrivals().len();
        let result = copper.list_lead_statuses().await;
        let arrivals = sandbox.arrivals().split_off(before);
        let kind = read(row, row.list, place, &arrivals, result);
        *tally.entry(kind).or_default() += 1;
    }
    tally
}

/// A read is answered in the end if the fault passes. Otherwise its error says so.
fn read<T: Debug>(
    row: &Row,
    fate: Fate,
    place: Place,
    arrivals: &[Arrival],
    result: Result<T, Error>,
) -> Kind {
    let struck = arrivals.last().is_some_and(|last| last.fault.is_some());
    let fails = struck
        && match fate {
            Fate::Answered => false,
            Fate::Lost | Fate::Again => true,
            _ => {
                assert_eq!(arrivals.len(), 1, "asking again would not help");
                true
            }
        };
    match result {
        Ok(_) => {
            assert!(!fails, "it can't have been answered");
            Kind::Done
        }
        Err(error) => {
            assert!(!error.may_have_taken_effect(), "it is a read: {error}");
            let cut_off = row.closes() && arrivals.is_empty();
            assert!(fails || cut_off, "{error:?}");
            let passes = match fate {
                Fate::Lost => place != Place::All,
                Fate::Again => !is_tried_long(arrivals),
                _ => false,
            };
            assert!(!passes, "the fault passed: {error:?}");
            Kind::NotSent
        }
    }
}
