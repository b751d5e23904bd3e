//! Each fault of the sandbox, on each kind of request that a sync sends, once and always. Every outcome is true, no
//! lead is there twice, nothing is erased, and the next sync completes the work.

use copper_crm::{
    Copper, NewLead,
    sync::{Sync, SyncOutcome, Synced},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{all, lead, record};
use crate::{
    faults::matrix::{Place, rows},
    support::{clock::in_virtual_time, held::held},
};

/// The number of syncs that run at the same time.
const TOGETHER: usize = 32;

/// A kind of request.
#[derive(Clone, Copy, Debug)]
enum Struck {
    Reading,
    ReadingAgain,
    Create,
    Change,
}

impl Struck {
    const EACH: [Self; 4] = [
        Self::Reading,
        Self::ReadingAgain,
        Self::Create,
        Self::Change,
    ];

    fn of(self, when: When) -> When {
        match self {
            Self::Reading => when.of("search_leads"),
            Self::ReadingAgain => when.of("search_leads").containing("\"ids\""),
            Self::Create => when.of("bulk_create_leads"),
            Self::Change => when.of("bulk_update_leads"),
        }
    }
}

fn records() -> Vec<NewLead> {
    let titled = |name: String, title: &str| record(&name).title(title);
    let same = (0..2).map(|n| titled(format!("same{n}"), "Clerk"));
    let changed = (0..3).map(|n| titled(format!("changed{n}"), "Manager"));
    let new = (0..3).map(|n| titled(format!("new{n}"), "Manager"));
    same.chain(changed).chain(new).collect()
}

fn put_what_is_there(sandbox: &Sandbox) {
    let same = (0..2).map(|n| format!("same{n}"));
    for name in same.chain((0..3).map(|n| format!("changed{n}"))) {
        let lead = json!({
            "name": name, "title": "Clerk", "company_name": "theirs",
            "email": {"email": format!("{name}@example.com"), "category": "work"},
        });
        sandbox.put("leads", &lead).expect("put");
    }
}

/// Returns the lead with this name in the sandbox, if there is one.
fn of(sandbox: &Sandbox, name: &str) -> Option<Value> {
    held(sandbox).get(name).map(|_| lead(sandbox, name))
}

fn check(sandbox: &Sandbox, item: &Synced) {
    let name = item.input.name.as_str();
    let there = of(sandbox, name);
    let title = there.as_ref().map(|lead| lead["title"].clone());
    match &item.outcome {
        SyncOutcome::Created(lead) => {
            assert_eq!(there.expect("it is there")["id"], lead.id.0, "{name}");
        }
        SyncOutcome::Updated(_) | SyncOutcome::Unchanged { .. } => {
            assert_eq!(title, Some(json!(item.input.title)), "{name}");
        }
        SyncOutcome::Rejected(_) | SyncOutcome::NotSent(_) if name.starts_with("new") => {
            assert_eq!(there, None, "{name}: {:?}", item.outcome);
        }
        SyncOutcome::Rejected(_) | SyncOutcome::NotSent(_) => {
            assert_eq!(title, Some(json!("Clerk")), "{name}: {:?}", item.outcome);
        }
        SyncOutcome::Unknown(_) => assert!(!name.starts_with("same"), "{name}"),
    }
}

async fn cell(copper: &Copper, sandbox: &Sandbox, fault: Fault, when: When) {
    put_what_is_there(sandbox);
    sandbox.inject(fault, when);
    let outcomes = all(&mut copper.sync_leads(records(), Sync::by_email())).await;
    assert_eq!(outcomes.len(), records().len());
    // The sandbox may still handle a request after its client has given up.
    outcomes.iter().for_each(|item| check(sandbox, item));
    let struck = sandbox
        .arrivals()
        .iter()
        .any(|arrival| arrival.fault.is_some());
    let doubt = |item: &Synced| matches!(item.outcome, SyncOutcome::Unknown(_));
    assert!(struck || !outcomes.iter().any(doubt), "nothing was struck");
    sandbox.clear_faults();
    // Connections that a fault has closed may end one or two more syncs.
    let mut syncs = 0;
    loop {
        syncs += 1;
        let mut run = copper.sync_leads(records(), Sync::by_email());
        while run.next().await.is_some() {}
        let done = run.summary();
        if done.created + done.updated + done.unchanged == 8 {
            break;
        }
        assert!(syncs < 5, "{done}");
    }
    for item in records() {
        let lead = of(sandbox, &item.name).expect("it is there");
        assert_eq!(lead["title"], json!(item.title), "{}", item.name);
    }
    for lead in sandbox.leads() {
        let is_new = lead["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("new"));
        let company = if is_new { Value::Null } else { json!("theirs") };
        assert_eq!(lead["company_name"], company, "nothing is erased: {lead}");
    }
}

#[test]
fn whatever_fails_what_is_said_of_a_record_is_true_and_the_next_sync_ends_it() {
    in_virtual_time(async {
        let cells = rows().into_iter().flat_map(|row| {
            let places = [Place::First, Place::All].into_iter();
            places.flat_map(move |place| {
                let fault = row.fault.clone();
                Struck::EACH.map(move |struck| (fault.clone(), place, struck))
            })
        });
        // A page that lacks some leads looks like the page of an account without them, so no sync can notice it.
        let hides = |fault: &Fault| matches!(fault, Fault::DeepJson(1) | Fault::TooShort);
        let cells =
            cells.filter(|(fault, _, struck)| !(matches!(struck, Struck::Reading) && hides(fault)));
        let checks = cells.map(|(fault, place, struck)| async move {
            let told = format!("{fault:?} x {place:?} x {struck:?}");
            let check = tokio::spawn(async move {
                let sandbox = Sandbox::start().await.expect("a sandbox");
                let copper = sandbox.copper().build().expect("a client");
                cell(&copper, &sandbox, fault, struck.of(place.of(1))).await;
            });
            check.await.err().map(|_| told)
        });
        let checks: Vec<_> = stream::iter(checks)
            .buffer_unordered(TOGETHER)
            .collect()
            .await;
        let count = checks.len();
        let wrong: Vec<String> = checks.into_iter().flatten().collect();
        println!("{count} cells, {} wrong", wrong.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}
