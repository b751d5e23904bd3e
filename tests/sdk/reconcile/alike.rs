//! Leads that can't be told apart stay in doubt, and say so.

use super::*;
use crate::support::wire::{Wire, answer};

const ALIKE: &str = "several leads match it, and they can't be told apart";

/// The outcomes of leads, if the request with `Lost` in its name is lost after its work is done.
async fn lost(sandbox: &Sandbox, leads: Vec<NewLead>, how: Reconcile) -> Vec<Item> {
    sandbox.inject(Fault::ResetAfter, When::always().containing("Lost"));
    let how = how.absent_after(ABSENT).send_again();
    all(copper(sandbox)
        .bulk_create_leads(leads)
        .chunk_size(1)
        .reconcile(how))
    .await
}

fn with_email(name: &str, email: &str) -> NewLead {
    NewLead {
        email: Some(Email::new(email)),
        ..NewLead::named(name)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_comes_earlier_or_later_in_the_input_is_no_proof() {
    for lost_first in [true, false] {
        let sandbox = sandbox(0, 0).await;
        let mut leads = vec![
            with_email("Lost", "a@x.com"),
            with_email("Kept", "A@X.com "),
        ];
        if !lost_first {
            leads.reverse();
        }
        let items = lost(&sandbox, leads, Reconcile::by_email()).await;
        let place = usize::from(!lost_first);
        match &items[place].outcome {
            // It was found before the later one was in flight, so no other can be meant.
            Outcome::Done(found) if lost_first => assert_eq!(found.name.as_deref(), Some("Lost")),
            _ => assert!(unknown(&items[place]).ends_with(ALIKE), "{lost_first}"),
        }
        assert!(matches!(items[1 - place].outcome, Outcome::Done(_)));
        assert_eq!(sandbox.leads().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_check_keeps_back_is_like_nothing_in_copper() {
    for way in ways() {
        let sandbox = sandbox(0, 0).await;
        sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
        let mut kept_back = lead(1);
        kept_back.tags = vec![" ".to_owned()];
        let leads = vec![kept_back.clone(), lead(0), lead(1), kept_back];
        let how = way.absent_after(ABSENT).send_again();
        let run = copper(&sandbox).bulk_create_leads(leads).checked();
        assert_eq!(letters(&all(run.reconcile(how)).await), "RDDR");
        assert_eq!(held(&sandbox).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_alike_the_one_that_is_done_is_not_taken_for_the_other() {
    for how in [
        Reconcile::by_tag("import 7"),
        Reconcile::by_custom_field(FIELD, |lead: &NewLead| lead.name.clone()),
    ] {
        let sandbox = sandbox(0, 0).await;
        sandbox.inject(Fault::ResetBefore, When::nth(2).of(IMPORT));
        let leads = vec![NewLead::named("Jim"); 2];
        let run = copper(&sandbox).bulk_create_leads(leads).chunk_size(1);
        let items = all(run.reconcile(how.absent_after(ABSENT).send_again())).await;
        let doubt = items
            .iter()
            .find(|i| matches!(i.outcome, Outcome::Unknown(_)));
        assert!(unknown(doubt.expect("one is in doubt")).ends_with(ALIKE));
        assert_eq!(sandbox.leads().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_absent_is_not_taken_for_another_of_its_name_that_is_there() {
    let sandbox = sandbox(0, 0).await;
    let manager = NewLead {
        title: Some("Manager".to_owned()),
        ..NewLead::named("Jim")
    };
    let its = When::always().of(IMPORT).containing("Manager");
    sandbox.inject(Fault::ResetBefore, its);
    let leads = vec![NewLead::named("Jim"), manager];
    let run = copper(&sandbox).bulk_create_leads(leads).chunk_size(1);
    let how = Reconcile::by_tag("import 7").absent_after(ABSENT);
    assert_eq!(letters(&all(run.reconcile(how)).await), "DN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leads_of_one_name_are_told_apart_by_what_else_they_hold() {
    let sandbox = sandbox(0, 0).await;
    let titled = |title: Option<&str>| NewLead {
        title: title.map(str::to_owned),
        ..NewLead::named("Lost Jim")
    };
    let leads = vec![titled(None), titled(Some("Manager")), titled(Some("Clerk"))];
    let items = lost(&sandbox, leads, Reconcile::by_tag("import 7")).await;
    assert_eq!(letters(&items), "DDD");
    for item in items {
        let Outcome::Done(found) = item.outcome else {
            panic!("it is done")
        };
        assert_eq!(found.title, item.input.title);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_is_not_taken_for_it() {
    let there = json!({"name": "Old", "email": {"email": "0@example.com"}});
    let long_ago = sandbox(0, 0).await;
    put(&long_ago, there.clone(), 3_600);
    long_ago.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
    let how = || Reconcile::by_email().absent_after(ABSENT).send_again();
    let run = copper(&long_ago)
        .bulk_create_leads(leads(1))
        .reconcile(how());
    assert_eq!(letters(&all(run).await), "D");
    assert_eq!(long_ago.leads().len(), 2, "it was sent again");

    let just_before = sandbox(0, 0).await;
    put(&just_before, there, 60);
    just_before.inject(Fault::ResetBefore, When::nth(1).of(IMPORT));
    let run = copper(&just_before)
        .bulk_create_leads(leads(1))
        .reconcile(how());
    let items = all(run).await;
    assert!(unknown(&items[0]).ends_with("this request did not create it"));
    assert_eq!(just_before.leads().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hit_that_cant_be_read_decides_nothing() {
    for (n, how) in ways().into_iter().enumerate() {
        let sandbox = sandbox(0, 0).await;
        sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
        let name = ["email", "tags", "custom_fields"][n].to_owned();
        let odd = Odd::Field {
            name,
            value: json!(7),
        };
        sandbox.inject(
            Fault::OddItem { at: 0, odd },
            When::always().of("search_leads"),
        );
        let run = copper(&sandbox).bulk_create_leads(leads(1));
        let items = all(run.reconcile(how.absent_after(ABSENT).send_again())).await;
        let why = unknown(&items[0]);
        assert!(
            why.ends_with("differs from what was sent"),
            "way {n}: {why}"
        );
        assert_eq!(sandbox.leads().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_without_anything_to_know_it_by_stays_in_doubt() {
    let sandbox = sandbox(0, 0).await;
    let leads = vec![NewLead::named("Lost")];
    for how in [
        Reconcile::by_email(),
        Reconcile::by_custom_field(FIELD, |_: &NewLead| ""),
    ] {
        let items = lost(&sandbox, leads.clone(), how).await;
        let why = unknown(&items[0]);
        assert!(why.ends_with("no value to recognise it by"), "{why}");
    }
}

/// A server that answers whatever it is asked with a page of leads like the wanted one, each page with new ids.
#[tokio::test]
async fn a_search_without_an_end_is_given_up_after_ten_thousand_leads_that_may_be_meant() {
    let page = json!(vec![json!({ "id": 1_000_000, "name": "Lead 0" }); 200]).to_string();
    for (n, how) in ways().into_iter().enumerate() {
        let wire = Wire::answering_with_new_ids(answer("200 OK", "", &page)).await;
        let builder = Copper::builder("token", "owner@example.com").base_url(&wire.url);
        let copper = builder.limits([]).build().expect("a client");
        let run = copper.bulk_create_leads(leads(1)).reconcile(how);
        let items = all(run).await;
        let why = unknown(&items[0]);
        assert!(why.ends_with(ALIKE), "way {n}: {why}");
        // The create itself, and 50 pages of 200 leads and one more.
        assert_eq!(wire.arrived().len(), 1 + 51, "way {n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_is_read_no_further_than_its_first_ambiguity() {
    let sandbox = sandbox(0, 0).await;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of(IMPORT));
    let alike = json!({ "name": "Lead 0", "email": { "email": "0@example.com" } });
    for _ in 0..1_000 {
        put(&sandbox, alike.clone(), 0);
    }
    let how = Reconcile::by_email().absent_after(ABSENT).send_again();
    let run = copper(&sandbox).bulk_create_leads(leads(1)).reconcile(how);
    let why = unknown(&all(run).await[0]);
    assert!(why.ends_with(ALIKE), "{why}");
    let arrivals = sandbox.arrivals();
    let pages = arrivals
        .iter()
        .filter(|it| it.operation == Some("search_leads"));
    assert!(pages.count() <= 2, "of six pages");
}
