//! The number of lookups, and when they end.

use super::*;
use crate::support::clock::in_virtual_time;

fn searches(sandbox: &Sandbox) -> usize {
    let arrivals = sandbox.arrivals();
    let searches = arrivals
        .iter()
        .filter(|a| a.operation == Some("search_leads"));
    searches.count()
}

#[test]
fn what_is_not_found_is_looked_for_less_and_less_often_for_a_minute() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
        let run = copper(&sandbox).bulk_create_leads(leads(1));
        let items = all(run.reconcile(Reconcile::by_email())).await;
        assert_eq!(letters(&items), "U");
        // At once, after 1, 2, 4, 8 and 16 seconds more, and when the minute is over.
        assert_eq!(searches(&sandbox), 7);
    });
}

#[test]
fn what_no_look_will_tell_apart_is_looked_for_once() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        for _ in 0..2 {
            put(&sandbox, serde_json::to_value(lead(0)).expect("JSON"), 0);
        }
        sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
        let run = copper(&sandbox).bulk_create_leads(leads(1));
        let items = all(run.reconcile(Reconcile::by_email())).await;
        assert!(unknown(&items[0]).ends_with("they can't be told apart"));
        assert_eq!(searches(&sandbox), 1);
    });
}

#[test]
fn what_was_left_in_doubt_is_not_looked_for_again_when_another_is_sent_again() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        for _ in 0..2 {
            put(&sandbox, serde_json::to_value(lead(0)).expect("JSON"), 0);
        }
        sandbox.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
        let how = Reconcile::by_email().absent_after(Duration::ZERO);
        let run = copper(&sandbox).bulk_create_leads(leads(2));
        let items = all(run.reconcile(how.send_again())).await;
        assert_eq!(letters(&items), "UD");
        assert_eq!(searches(&sandbox), 2, "one for each of them");
    });
}

#[test]
fn a_search_that_fails_each_time_is_given_up() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
        sandbox.inject(Fault::ErrorBefore(500), When::always().of("search_leads"));
        let run = copper(&sandbox).bulk_create_leads(leads(1));
        let items = all(run.reconcile(Reconcile::by_email())).await;
        let why = unknown(&items[0]);
        assert!(why.contains("not looked for: the search failed"), "{why}");
        assert!(searches(&sandbox) > 1, "it is tried again");
    });
}

/// The outcomes of one lead with this deadline, the searches for it, and how long it took in seconds.
async fn hurried(sandbox: &Sandbox, how: impl Into<Reconcile>) -> (Vec<Item>, usize, u64) {
    let start = tokio::time::Instant::now();
    let hurried = copper(sandbox).with_deadline(Duration::from_secs(5));
    let items = all(hurried.bulk_create_leads(leads(1)).reconcile(how)).await;
    (items, searches(sandbox), start.elapsed().as_secs())
}

#[test]
fn a_deadline_ends_the_lookup_as_well() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
        // It would be known as absent after ten seconds.
        let how = Reconcile::by_email().absent_after(Duration::from_secs(10));
        let (items, searches, took) = hurried(&sandbox, how).await;
        let why = unknown(&items[0]);
        assert!(
            why.contains("looked for until") && why.ends_with("its deadline expired"),
            "{why}"
        );
        // At once, and after 1 and 2 seconds more.
        assert_eq!((searches, took), (3, 5));
    });
}

#[test]
fn what_is_found_before_the_deadline_is_done_and_what_expired_in_flight_is_not_looked_for() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
        let (items, ..) = hurried(&sandbox, Reconcile::by_email()).await;
        assert_eq!(letters(&items), "D");

        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::StallAfter, When::nth(1).of(IMPORT));
        let (items, searches, took) = hurried(&sandbox, Reconcile::by_email()).await;
        let why = unknown(&items[0]);
        assert!(
            why.ends_with("not looked for: its deadline expired"),
            "{why}"
        );
        assert_eq!((searches, took), (0, 5));
    });
}
