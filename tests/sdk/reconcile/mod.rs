//! The guarantees of reconciliation: a lead that is found is done, one that can't be told apart stays in
//! doubt, one is absent only because the caller said so, and nothing is created twice, in one start or in
//! several.

mod alike;
mod clocks;
mod later;
mod lookups;

use std::{path::Path, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Reconcile, Run, Settled},
    types::{BulkCreateLeads, Email, Lead},
};
use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use serde_json::{Value, json};

use crate::support::held::held;

type Item = Settled<NewLead, Lead>;

const IMPORT: &str = "bulk_create_leads";
const FIELD: i64 = 128_067;
/// Longer than the search lag of any sandbox here.
const ABSENT: Duration = Duration::from_millis(400);

fn lead(n: usize) -> NewLead {
    NewLead {
        email: Some(Email::new(format!("{n}@Example.com"))),
        tags: vec!["own".to_owned()],
        ..NewLead::named(format!("Lead {n}"))
    }
}

fn leads(count: usize) -> Vec<NewLead> {
    (0..count).map(lead).collect()
}

/// The three ways to recognise leads.
fn ways() -> [Reconcile; 3] {
    [
        Reconcile::by_email(),
        Reconcile::by_tag("import 7"),
        Reconcile::by_custom_field(FIELD, |lead: &NewLead| lead.name.clone()),
    ]
}

async fn sandbox(shortest: u64, longest: u64) -> Sandbox {
    let lag = Duration::from_millis;
    let sandbox = Sandbox::builder().scale(0.01);
    let sandbox = sandbox.search_lag(lag(shortest), lag(longest));
    sandbox.start().await.expect("a sandbox")
}

fn copper(sandbox: &Sandbox) -> Copper {
    sandbox.copper().build().expect("a client")
}

async fn all(mut run: Run<'_, BulkCreateLeads>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        assert_eq!(item.index, items.len() as u64);
        items.push(item);
    }
    items
}

/// A run with a journal, to its end.
async fn start(
    sandbox: &Sandbox,
    leads: Vec<NewLead>,
    journal: &Path,
    how: impl Into<Reconcile>,
) -> Vec<Item> {
    let run = copper(sandbox).bulk_create_leads(leads).journal(journal);
    all(run.reconcile(how)).await
}

fn letters(items: &[Item]) -> String {
    let letter = |item: &Item| match (&item.outcome, item.from_journal) {
        (Outcome::Done(_), false) => 'D',
        (Outcome::Done(_), true) => 'd',
        (Outcome::Rejected(_), _) => 'R',
        (Outcome::NotSent(_), _) => 'N',
        (Outcome::Unknown(_), false) => 'U',
        (Outcome::Unknown(_), true) => 'u',
    };
    items.iter().map(letter).collect()
}

fn unknown(item: &Item) -> String {
    let Outcome::Unknown(why) = &item.outcome else {
        panic!("#{} is in doubt", item.index)
    };
    why.to_string()
}

fn imports(sandbox: &Sandbox) -> usize {
    let arrivals = sandbox.arrivals();
    arrivals.iter().filter(|a| a.items > 0).count()
}

/// Each lead is done, as it was handed in, and is there once.
fn assert_all_done(sandbox: &Sandbox, items: &[Item], count: usize, what: &str) {
    let held = held(sandbox);
    assert_eq!((items.len(), held.len()), (count, count), "{what}");
    for (n, item) in items.iter().enumerate() {
        let Outcome::Done(done) = &item.outcome else {
            panic!("{what}: #{n} is {:?}", item.outcome)
        };
        assert_eq!(item.input, lead(n), "{what}");
        assert_eq!(held.get(&lead(n).name), Some(&done.id.0), "{what}");
    }
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::ResetAfter,
        Fault::ResetBefore,
        Fault::CutOff,
        Fault::ErrorAfter(502),
        Fault::ErrorBefore(503),
        Fault::TooShort,
        Fault::EmptyBody,
        Fault::OddItem {
            at: 3,
            odd: Odd::Id(json!("seven")),
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_left_it_in_doubt_each_lead_ends_up_there_once() {
    for (shortest, longest) in [(0, 0), (150, 150), (0, 200)] {
        for (n, how) in ways().into_iter().enumerate() {
            let sandbox = sandbox(shortest, longest).await;
            for (nth, fault) in (1..).step_by(2).zip(faults()) {
                sandbox.inject(fault, When::nth(nth).of(IMPORT));
            }
            let how = how.absent_after(ABSENT).send_again();
            let run = copper(&sandbox)
                .bulk_create_leads(leads(160))
                .reconcile(how);
            let what = format!("way {n}, lag {shortest} to {longest} ms");
            assert_all_done(&sandbox, &all(run).await, 160, &what);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_is_the_lead_as_copper_has_it_and_has_the_mark() {
    for (n, how) in ways().into_iter().enumerate() {
        let sandbox = sandbox(0, 0).await;
        sandbox.inject(Fault::ResetAfter, When::always().of(IMPORT));
        let run = copper(&sandbox).bulk_create_leads(leads(3)).reconcile(how);
        for item in all(run).await {
            let Outcome::Done(found) = &item.outcome else {
                panic!("way {n}: {:?}", item.outcome)
            };
            assert_eq!(found.name.as_ref(), Some(&item.input.name));
            let tags = found.tags.clone().unwrap_or_default();
            assert_eq!(tags.contains(&"import 7".to_owned()), n == 1);
            assert!(tags.contains(&"own".to_owned()));
            let fields = found.custom_fields.clone().unwrap_or_default();
            let marks = fields.iter().filter(|field| {
                field.custom_field_definition_id.0 == FIELD && field.value.is_some()
            });
            assert_eq!(marks.count(), usize::from(n == 2));
            assert!(!item.from_journal);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_absent_is_not_sent_unless_it_was_asked_to_be_sent_again() {
    for how in ways() {
        let sandbox = sandbox(0, 0).await;
        // Of two requests that are sent together, either may come first.
        let its = When::always().of(IMPORT).containing("Lead 0");
        sandbox.inject(Fault::ResetBefore, its);
        let how = how.absent_after(ABSENT);
        let run = copper(&sandbox).bulk_create_leads(leads(12)).reconcile(how);
        let items = all(run).await;
        assert_eq!(letters(&items), "NNNNNNNNNNDD");
        let Outcome::NotSent(why) = &items[0].outcome else {
            panic!("it is not sent")
        };
        assert!(why.absent_at().is_some() && why.to_string().ends_with("did not find it"));
        assert_eq!(imports(&sandbox), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_absent_is_sent_again_and_not_what_stands_between() {
    for there in [vec![1], vec![0], vec![0, 3], vec![1, 2]] {
        let sandbox = sandbox(0, 0).await;
        for n in &there {
            put(&sandbox, serde_json::to_value(lead(*n)).expect("JSON"), 0);
        }
        sandbox.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
        let how = Reconcile::by_email().absent_after(Duration::ZERO);
        let run = copper(&sandbox).bulk_create_leads(leads(4));
        let items = all(run.reconcile(how.send_again())).await;
        assert_all_done(&sandbox, &items, 4, &format!("{there:?}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_each_time_is_not_sent_again_for_ever() {
    let sandbox = sandbox(0, 0).await;
    sandbox.inject(Fault::ErrorBefore(500), When::always().of(IMPORT));
    let how = Reconcile::by_email()
        .absent_after(Duration::ZERO)
        .send_again();
    let run = copper(&sandbox).bulk_create_leads(leads(2)).reconcile(how);
    assert_eq!(letters(&all(run).await), "NN");
    assert_eq!(imports(&sandbox), 1 + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_looking_and_leaves_the_doubt() {
    let sandbox = sandbox(60_000, 60_000).await;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
    let run = copper(&sandbox)
        .bulk_create_leads(leads(2))
        .reconcile(Reconcile::by_email());
    let stop = run.stop_handle();
    let (items, ()) = tokio::join!(all(run), async {
        // It has looked once by then: a request for each address, and more are to come.
        while sandbox.arrivals().len() < 1 + 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.stop();
    });
    assert_eq!(letters(&items), "UU");
    for item in &items {
        let Outcome::Unknown(why) = &item.outcome else {
            panic!("it is in doubt")
        };
        assert!(why.looked_until().is_some() && why.error().is_some());
        assert!(why.to_string().ends_with("the run was stopped"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_is_refused_leaves_the_doubt_with_both_reasons() {
    let sandbox = sandbox(0, 0).await;
    sandbox.inject(Fault::ErrorAfter(502), When::nth(1).of(IMPORT));
    sandbox.inject(Fault::Refusal(403), When::always().of("search_leads"));
    let how = Reconcile::by_email().absent_after(ABSENT).send_again();
    let run = copper(&sandbox).bulk_create_leads(leads(2)).reconcile(how);
    let items = all(run).await;
    assert_eq!(letters(&items), "UU");
    let why = unknown(&items[0]);
    assert!(why.contains("502") && why.contains("403"), "{why}");
    assert!(why.contains("not looked for: the search failed"), "{why}");
    assert!(!why.contains("Example"), "{why}");
}

#[test]
fn how_it_is_done_can_be_shown_without_the_tag() {
    let shown = format!("{:?}", Reconcile::by_tag("secret").absent_after(ABSENT));
    assert!(
        shown.contains("tag") && !shown.contains("secret"),
        "{shown}"
    );
}

/// A lead in Copper that was created this many seconds ago.
fn put(sandbox: &Sandbox, mut lead: Value, seconds_ago: i64) {
    let created = copper_crm::types::Timestamp::now().0 - seconds_ago;
    lead["date_created"] = created.into();
    sandbox.put("leads", &lead).expect("it is put there");
}
