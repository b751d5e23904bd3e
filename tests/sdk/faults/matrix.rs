//! The table of the fault matrix: every fault of the sandbox, and the expected result of a request that meets
//! it. It is derived from the fault, and never from this crate.

use std::time::Duration;

use copper_crm_sandbox::{Fault, Odd, When};
use serde_json::{Value, json};

/// The largest answer that the client must read.
pub const CAP: u64 = 16 << 20;
/// The index of the unexpected item in an answer.
pub const ODD_AT: usize = 1;

/// The expected result of a request that meets a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// The answer is there: it is read.
    Answered,
    /// No readable answer: a create is in doubt, a read is sent again.
    Lost,
    /// It is whole and JSON, but not an answer: a create is in doubt, a read fails at once.
    Unreadable,
    /// Refused, as all later requests would be.
    Refused,
    /// Refused because of what is in it.
    Invalid,
    /// Refused, and sent again, in parts or later.
    Again,
    /// One item of the answer can't be read; the others can.
    OddItem,
    /// One item of the answer is a failure; the others are none.
    FailedItem,
}

/// One fault, with the expected results of a bulk create, a single create, a read of one lead, and a read of
/// a list.
#[derive(Clone, Debug)]
pub struct Row {
    pub fault: Fault,
    pub bulk: Fate,
    pub create: Fate,
    pub get: Fate,
    pub list: Fate,
}

impl Row {
    /// True if it closes connections that other requests may be about to use. A request that is written to
    /// such a connection is in doubt, although the sandbox never sees it.
    pub fn closes(&self) -> bool {
        use Fault::*;
        matches!(self.fault, Refuse(_) | CloseOnAccept(_) | Stale)
    }
}

/// The requests, of `count` in a row, that meet the fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    First,
    Middle,
    Last,
    Several,
    All,
}

impl Place {
    pub const EACH: [Self; 5] = [
        Self::First,
        Self::Middle,
        Self::Last,
        Self::Several,
        Self::All,
    ];

    pub fn of(self, count: u64) -> When {
        match self {
            Self::First => When::nth(1),
            Self::Middle => When::nth(count.div_ceil(2)),
            Self::Last => When::nth(count),
            Self::Several => When::range(2..=4),
            Self::All => When::always(),
        }
    }
}

fn same(fault: Fault, fate: Fate) -> Row {
    Row {
        fault,
        bulk: fate,
        create: fate,
        get: fate,
        list: fate,
    }
}

/// One that concerns bulk requests only.
fn bulk(fault: Fault, bulk: Fate) -> Row {
    Row {
        bulk,
        ..same(fault, Fate::Answered)
    }
}

/// An unexpected item, which is the whole answer of a call for one record.
fn odd(odd: Odd, bulk: Fate, single: Fate, list: Fate) -> Row {
    Row {
        bulk,
        list,
        ..same(Fault::OddItem { at: ODD_AT, odd }, single)
    }
}

fn field(name: &str, value: Value) -> Odd {
    Odd::Field {
        name: name.into(),
        value,
    }
}

fn drip(pieces: usize, millis: u64) -> Fault {
    Fault::Drip {
        pieces,
        pause: Duration::from_millis(millis),
    }
}

pub fn rows() -> Vec<Row> {
    use Fate::*;
    let mut rows = Vec::new();
    let mut add = |fate, faults: Vec<Fault>| {
        rows.extend(faults.into_iter().map(|fault| same(fault, fate)));
    };
    let millis = Duration::from_millis;
    add(Answered, vec![Fault::Refuse(millis(100))]);
    // Longer than a request is tried for.
    add(Answered, vec![Fault::Refuse(millis(5_000))]);
    add(Answered, [1, 3, 9].map(Fault::CloseOnAccept).into());
    add(Answered, vec![Fault::Stale]);
    add(Lost, vec![Fault::ResetBefore, Fault::ResetAfter]);
    add(Lost, vec![Fault::CloseBefore, Fault::CloseAfter]);
    add(Lost, vec![Fault::StallBefore, Fault::StallAfter]);
    add(Lost, vec![Fault::StallMidBody, Fault::CutOff]);
    add(Lost, vec![Fault::LengthTooLong, Fault::LengthTooShort]);
    // The second takes longer than a request may.
    add(Answered, vec![drip(7, 10)]);
    add(Lost, vec![drip(10, 10_000)]);
    add(Lost, vec![Fault::EmptyBody, Fault::InvalidUtf8]);
    add(Answered, vec![Fault::HugeBody(CAP)]);
    add(Lost, vec![Fault::HugeBody(CAP + 1)]);
    add(Unreadable, [2, 100_000].map(Fault::DeepJson).into());
    add(Answered, vec![Fault::Http10]);
    let types = ["", "text/html", "application/json; charset=utf-16"];
    let types = types.map(|text| Fault::ContentType(text.into()));
    add(Answered, types.into());

    let runtimes = [
        "soon", "", "-1", "1e30", "1e300", "NaN", "inf", "-inf", "0", "59.9",
    ];
    let runtimes = runtimes.map(|text| Fault::Runtime(Some(text.into())));
    add(Answered, vec![Fault::Runtime(None)]);
    add(Answered, runtimes.into());

    let by_proxies = [500, 502, 503, 504];
    add(Lost, by_proxies.map(Fault::ErrorBefore).into());
    add(Lost, by_proxies.map(Fault::ErrorAfter).into());
    let ambiguous = [204, 302, 303, 408, 409, 500, 599];
    add(Lost, ambiguous.map(Fault::Refusal).into());
    add(Unreadable, [200, 201].map(Fault::Refusal).into());
    let final_ones = [300, 301, 304, 401, 403, 404, 405, 410, 451];
    add(Refused, final_ones.map(Fault::Refusal).into());
    add(
        Refused,
        vec![Fault::Redirect("http://127.0.0.1:9/elsewhere".into())],
    );
    add(Invalid, [400, 413, 422].map(Fault::Refusal).into());
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    let texts = [
        "0",
        "7",
        "120",
        "-1",
        "soon",
        date,
        "99999999999999999999999",
    ];
    let texts = texts.map(|text| Some(text.to_owned()));
    let texts = texts.into_iter().chain([None]);
    let limited = texts.map(|retry_after| Fault::TooManyRequests { retry_after });
    add(Again, limited.collect());

    // `[]`, which a list can be.
    rows.push(Row {
        list: Answered,
        ..same(Fault::DeepJson(1), Unreadable)
    });
    rows.extend([1, 2].map(|limit| bulk(Fault::SizeLimit(limit), Again)));
    // Not to be fulfilled.
    rows.push(bulk(Fault::SizeLimit(0), Invalid));
    rows.extend([Fault::TooShort, Fault::TooLong].map(|fault| bulk(fault, Lost)));
    for value in [json!(null), json!(3), json!("Lead"), json!([]), json!({})] {
        rows.push(odd(Odd::Item(value), OddItem, Unreadable, Answered));
    }
    for id in [json!(null), json!("seven"), json!(7.5), json!(1e30)] {
        rows.push(odd(Odd::Id(id), OddItem, Unreadable, Answered));
    }
    // A list of statuses promises nothing about their ids.
    for id in [json!(0), json!(-7)] {
        rows.push(odd(Odd::Id(id), OddItem, Unreadable, Answered));
    }
    for (name, value) in [
        ("tags", json!("none")),
        ("email", json!(7)),
        ("x", json!(1)),
    ] {
        rows.push(odd(field(name, value), Answered, Answered, Answered));
    }
    rows.push(odd(Odd::FailureWithId, FailedItem, Unreadable, Answered));
    rows
}
