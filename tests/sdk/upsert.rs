//! Upsert runs against the strict sandbox: each lead has exactly one true outcome. However often the whole
//! run is repeated, and whatever gets lost, no lead is there twice.

use std::time::Duration;

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{MatchBy, Run, Settled, StoppedBy, UpsertLeads},
    types::{CustomField, CustomFieldDefinitionId, Email, Lead, LeadMatch},
};
use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use futures_util::future::join;
use serde_json::json;

use crate::support::{clock::in_virtual_time, folder::Folder, held::held};

const KEY: CustomFieldDefinitionId = CustomFieldDefinitionId(100_764);

type Item = Settled<NewLead, Lead>;

async fn sandbox() -> (Sandbox, Copper) {
    let sandbox = Sandbox::builder().scale(0.01).start().await;
    let sandbox = sandbox.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    (sandbox, copper)
}

fn with_email(name: &str, email: &str) -> NewLead {
    NewLead {
        email: Some(Email::new(email)),
        ..NewLead::named(name)
    }
}

fn with_key(name: &str, key: &str) -> NewLead {
    let field = CustomField {
        value: Some(key.into()),
        ..CustomField::new(KEY)
    };
    NewLead {
        custom_fields: vec![field],
        ..NewLead::named(name)
    }
}

fn leads(n: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..n).map(|n| with_email(&format!("Lead {n}"), &format!("lead{n}@example.com")))
}

async fn all(run: &mut Run<'_, UpsertLeads>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        assert_eq!(item.index, items.len() as u64);
        items.push(item);
    }
    items
}

/// Every outcome is true.
fn assert_true(items: &[Item], sandbox: &Sandbox) {
    let held = held(sandbox);
    for item in items {
        let id = held.get(&item.input.name).copied();
        match &item.outcome {
            Outcome::Done(lead) => assert_eq!(Some(lead.id.0), id, "{}", item.input.name),
            Outcome::Rejected(why) => assert_eq!(id, None, "{why}"),
            Outcome::NotSent(why) => assert_eq!(id, None, "{why}"),
            Outcome::Unknown(_) => {}
        }
    }
}

fn ids(items: &[Item]) -> Vec<i64> {
    let id = |item: &Item| match &item.outcome {
        Outcome::Done(lead) => lead.id.0,
        other => panic!("#{}: {other:?}", item.index),
    };
    items.iter().map(id).collect()
}

fn upserts(sandbox: &Sandbox) -> usize {
    let arrivals = sandbox.arrivals();
    let upserts = arrivals
        .iter()
        .filter(|a| a.operation == Some("upsert_lead"));
    upserts.count()
}

#[tokio::test]
async fn a_sync_that_is_run_twice_creates_each_lead_once_and_gives_the_same_leads() {
    let (sandbox, copper) = sandbox().await;
    let mut first = copper.upsert_leads(leads(60), MatchBy::Email);
    let first = ids(&all(&mut first).await);
    let mut again = copper.upsert_leads(leads(60), MatchBy::Email);
    assert_eq!(ids(&all(&mut again).await), first);
    assert_eq!(
        again.summary().to_string(),
        "60 leads: 60 done, 0 rejected, 0 not sent, 0 unknown"
    );
    assert_eq!(held(&sandbox).len(), 60);
    assert_eq!(upserts(&sandbox), 120, "one request a lead");
}

#[tokio::test]
async fn leads_are_matched_by_a_custom_field_of_the_callers_as_well() {
    let (sandbox, copper) = sandbox().await;
    let by = MatchBy::CustomField(KEY);
    let mut first = copper.upsert_leads([with_key("Jim", "a"), with_key("Pam", "b")], by);
    let first = ids(&all(&mut first).await);
    let mut again = copper.upsert_leads([with_key("Pamela", "b"), with_key("Dwight", "c")], by);
    let again = ids(&all(&mut again).await);
    assert_eq!(again[0], first[1]);
    assert!(held(&sandbox).keys().eq(["Dwight", "Jim", "Pamela"]));
}

#[tokio::test]
async fn fields_that_are_left_out_stay_as_they_are() {
    let (_sandbox, copper) = sandbox().await;
    let full = NewLead {
        title: Some("Manager".into()),
        ..with_email("Jim", "jim@example.com")
    };
    for lead in [full, with_email("James", "JIM@example.com")] {
        let mut run = copper.upsert_leads([lead], MatchBy::Email);
        let items = all(&mut run).await;
        let Outcome::Done(lead) = &items[0].outcome else {
            panic!("{:?}", items[0].outcome)
        };
        assert_eq!(lead.title.as_deref(), Some("Manager"));
    }
}

#[tokio::test]
async fn lists_and_the_address_are_replaced_whole() {
    let (_sandbox, copper) = sandbox().await;
    let rich = with_email("Jim", "jim@example.com")
        .tags(["a", "b", "c"])
        .phone_number("1")
        .phone_number("2");
    let poor = with_email("Jim", "jim@example.com")
        .tag("d")
        .phone_number("3");
    for lead in [&rich, &poor] {
        let by = LeadMatch::email("jim@example.com");
        let there = copper.upsert_lead(lead, by).await.expect("a lead");
        let phones = there.phone_numbers.unwrap_or_default().len();
        assert_eq!(there.tags.unwrap_or_default(), lead.tags);
        assert_eq!(phones, lead.phone_numbers.len());
    }
}

#[tokio::test]
async fn several_matches_are_rejected_with_their_ids_and_cost_no_other_lead() {
    let (sandbox, copper) = sandbox().await;
    let mut twins = Vec::new();
    for _ in 0..2 {
        let twin = with_email("Twin", "twin@example.com");
        twins.push(copper.create_lead(&twin).await.expect("a lead").id.0);
    }
    let input = [
        with_email("Jim", "jim@example.com"),
        with_email("Which", "twin@example.com"),
        with_email("Pam", "pam@example.com"),
    ];
    let mut run = copper.upsert_leads(input, MatchBy::Email);
    let items = all(&mut run).await;
    let Outcome::Rejected(why) = &items[1].outcome else {
        panic!("{:?}", items[1].outcome)
    };
    assert_eq!(why.matching_ids(), twins);
    assert_eq!((run.summary().done, sandbox.leads().len()), (2, 4));
    assert_eq!(upserts(&sandbox), 3, "asking again would not help");
}

#[tokio::test]
async fn a_lead_that_lacks_what_it_is_matched_by_is_rejected_before_anything_is_sent() {
    for (by, field) in [
        (MatchBy::Email, "email"),
        (MatchBy::CustomField(KEY), "custom_fields"),
    ] {
        let (sandbox, copper) = sandbox().await;
        let input = [
            NewLead::named("Neither"),
            NewLead {
                email: Some(Email::new(" ")),
                ..with_key("Blank", " ")
            },
            NewLead {
                email: Some(Email::new("jim@example.com")),
                ..with_key("Both", "a")
            },
        ];
        let folder = Folder::new();
        for start in 1..=2 {
            let mut run = copper
                .upsert_leads(input.clone(), by)
                .journal(folder.file("journal"));
            let items = all(&mut run).await;
            for item in &items[..2] {
                let Outcome::Rejected(why) = &item.outcome else {
                    panic!("{:?}", item.outcome)
                };
                assert!(why.fields().into_keys().eq([field]), "{start}: {why}");
                assert!(why.matching_ids().is_empty());
            }
            assert_eq!(run.summary().done, 1);
        }
        assert_eq!(upserts(&sandbox), 1);
        assert!(held(&sandbox).keys().eq(["Both"]));
    }
}

#[tokio::test]
async fn leads_that_match_each_other_go_one_after_the_other_in_the_order_of_the_input() {
    let (sandbox, copper) = sandbox().await;
    let case = |n: usize| ["JIM", "jim"][n % 2];
    let input = (0..30).map(|n| match n % 3 {
        0 => with_email(&format!("Other {n}"), &format!("other{n}@example.com")),
        _ => with_email(&format!("Jim {n}"), &format!("{}@example.com", case(n))),
    });
    let mut run = copper.upsert_leads(input.collect::<Vec<_>>(), MatchBy::Email);
    all(&mut run).await;
    assert_eq!(run.summary().done, 30);
    assert_eq!(held(&sandbox).len(), 11);
    assert!(held(&sandbox).contains_key("Jim 29"), "the last one stands");
}

#[test]
fn what_is_lost_is_sent_again_and_nothing_is_there_twice() {
    for fault in [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::CloseAfter,
        Fault::CutOff,
        Fault::ErrorBefore(503),
        Fault::ErrorAfter(502),
        Fault::EmptyBody,
        Fault::InvalidUtf8,
        Fault::StallAfter,
        Fault::TooManyRequests { retry_after: None },
    ] {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(fault.clone(), When::nth(3));
            let mut run = copper.upsert_leads(leads(20), MatchBy::Email);
            let items = all(&mut run).await;
            assert_true(&items, &sandbox);
            assert_eq!(run.summary().done, 20, "{fault:?}");
            assert_eq!(upserts(&sandbox), 21, "{fault:?}");
        });
    }
}

#[test]
fn what_stays_in_doubt_is_unknown_after_a_few_times_and_costs_no_other_lead() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let its = When::always().containing("lead7@");
        sandbox.inject(Fault::ErrorAfter(502), its);
        let mut run = copper.upsert_leads(leads(20), MatchBy::Email);
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        assert!(matches!(items[7].outcome, Outcome::Unknown(_)));
        assert_eq!((run.summary().done, run.summary().unknown), (19, 1));
        assert_eq!(upserts(&sandbox), 19 + 4);
    });
}

#[test]
fn a_doubt_is_not_forgotten_when_the_next_attempt_is_refused() {
    for then in [
        Fault::Refusal(401),
        Fault::TooManyRequests { retry_after: None },
    ] {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(Fault::ResetAfter, When::nth(1));
            sandbox.inject(then.clone(), When::from(2));
            let mut run = copper.upsert_leads(leads(1), MatchBy::Email);
            let items = all(&mut run).await;
            assert_true(&items, &sandbox);
            assert!(
                matches!(items[0].outcome, Outcome::Unknown(_)),
                "{then:?}: {:?}",
                items[0].outcome
            );
        });
    }
}

#[tokio::test]
async fn an_answer_that_says_neither_costs_only_its_lead() {
    for odd in [
        Odd::Item(json!(null)),
        Odd::Id(json!("seven")),
        Odd::FailureWithId,
    ] {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(
            Fault::OddItem {
                at: 0,
                odd: odd.clone(),
            },
            When::nth(2),
        );
        let mut run = copper.upsert_leads(leads(5), MatchBy::Email);
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        assert_eq!((run.summary().done, run.summary().unknown), (4, 1));
        let unknown = items.iter().find_map(|item| match &item.outcome {
            Outcome::Unknown(why) => why.raw(),
            _ => None,
        });
        assert!(unknown.is_some(), "{odd:?}");
    }
}

#[tokio::test]
async fn what_all_later_requests_would_get_too_stops_the_run() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::Refusal(401), When::from(3));
    let mut run = copper.upsert_leads(leads(100), MatchBy::Email);
    let items = all(&mut run).await;
    assert_true(&items, &sandbox);
    assert_eq!((items.len(), run.summary().done), (100, 2));
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(_))));
}

#[tokio::test]
async fn a_run_that_is_stopped_gives_the_rest_back_unsent() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.upsert_leads(leads(200), MatchBy::Email);
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        items.push(item);
        if items.len() == 5 {
            run.stop_handle().stop();
        }
    }
    assert_true(&items, &sandbox);
    let summary = run.summary();
    assert_eq!((summary.total(), summary.unknown), (200, 0));
    assert_eq!(summary.done as usize, held(&sandbox).len());
    assert!(summary.not_sent >= 200 - 5 - 16, "{summary}");
}

#[tokio::test]
async fn a_run_that_is_dropped_at_any_moment_is_simply_run_again() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    for given in [0, 1, 7, 20] {
        let mut run = copper
            .upsert_leads(leads(40), MatchBy::Email)
            .journal(folder.file("journal"));
        for _ in 0..given {
            run.next().await.expect("an outcome");
        }
    }
    let mut run = copper
        .upsert_leads(leads(40), MatchBy::Email)
        .journal(folder.file("journal"));
    let items = all(&mut run).await;
    assert_true(&items, &sandbox);
    assert_eq!(run.summary().done, 40, "what was in flight was sent again");
    assert!(items.iter().take(20).all(|item| item.from_journal));
    let mut run = copper.upsert_leads(leads(40), MatchBy::Email);
    assert_eq!(ids(&all(&mut run).await), ids(&items));
    assert_eq!(held(&sandbox).len(), 40);
}

#[test]
fn what_an_earlier_start_has_sent_is_not_called_unsent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let folder = Folder::new();
        let run = || {
            let lead = NewLead {
                tags: vec![" ".to_owned()],
                ..with_email("Jim", "jim@example.com")
            };
            let run = copper.upsert_leads([lead], MatchBy::Email);
            run.journal(folder.file("journal"))
        };
        sandbox.inject(Fault::ErrorAfter(502), When::always());
        let items = all(&mut run()).await;
        assert!(matches!(items[0].outcome, Outcome::Unknown(_)));
        assert_eq!(held(&sandbox).len(), 1);
        sandbox.clear_faults();
        let items = all(&mut run().checked()).await;
        assert!(matches!(items[0].outcome, Outcome::Done(_)), "{items:?}");
        let items = all(&mut run().checked()).await;
        assert!(items[0].from_journal);
        let mut fresh = run().checked().journal(folder.file("another"));
        let items = all(&mut fresh).await;
        assert!(matches!(items[0].outcome, Outcome::Rejected(_)));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_goes_in_the_order_of_the_input_too() {
    for _ in 0..30 {
        let (sandbox, copper) = sandbox().await;
        let folder = Folder::new();
        let run = || {
            let input = (0..12).map(|n| with_email(&format!("Jim {n}"), "jim@example.com"));
            let run = copper.upsert_leads(input.collect::<Vec<_>>(), MatchBy::Email);
            run.journal(folder.file("journal"))
        };
        all(&mut run()).await;
        // None of them had an answer.
        let journal = std::fs::read_to_string(folder.file("journal")).expect("the journal");
        let lines = journal.lines().filter(|line| !line.starts_with("answered"));
        let unanswered: String = lines.map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.file("journal"), unanswered).expect("the journal");
        all(&mut run()).await;
        assert_eq!(upserts(&sandbox), 24);
        assert!(held(&sandbox).contains_key("Jim 11"), "the last one stands");
    }
}

#[tokio::test]
async fn a_journal_belongs_to_its_match_as_well() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let lead = || NewLead {
        email: Some(Email::new("jim@example.com")),
        ..with_key("Jim", "a")
    };
    let run = |by| {
        copper
            .upsert_leads([lead()], by)
            .journal(folder.file("journal"))
    };
    assert_eq!(all(&mut run(MatchBy::Email)).await.len(), 1);
    let mut other = run(MatchBy::CustomField(KEY));
    let items = all(&mut other).await;
    assert!(matches!(items[0].outcome, Outcome::Unknown(_)));
    assert!(matches!(other.stopped_by(), Some(StoppedBy::Error(why)) if why.is_journal()));
    assert_eq!(upserts(&sandbox), 1);
}

#[test]
fn single_calls_find_a_slot_while_a_long_sync_uses_the_minute() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let mut run = copper.upsert_leads(leads(300), MatchBy::Email);
        let calls = async {
            // By now the sync has used all it may of the first minute.
            tokio::time::sleep(Duration::from_secs(30)).await;
            for _ in 0..5 {
                copper.list_lead_statuses().await.expect("an answer");
            }
            let arrivals = sandbox.arrivals();
            arrivals
                .iter()
                .filter(|a| a.operation == Some("upsert_lead"))
                .count()
        };
        let (items, before) = join(all(&mut run), calls).await;
        assert_eq!(before, 171, "the calls did not wait for the next minute");
        assert_true(&items, &sandbox);
        assert_eq!(run.summary().done, 300);
        let limited = sandbox
            .arrivals()
            .iter()
            .filter(|a| a.status == Some(429))
            .count();
        assert_eq!(limited, 0);
    });
}

#[test]
fn an_upsert_run_and_a_bulk_run_beside_it_both_get_on() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let mut sync = copper.upsert_leads(leads(200), MatchBy::Email);
        let load = (0..2_000).map(|n| NewLead::named(format!("Load {n}")));
        let mut load = copper.bulk_create_leads(load);
        let load = async {
            while load.next().await.is_some() {}
            load.summary().done
        };
        let (items, done) = join(all(&mut sync), load).await;
        assert_true(&items, &sandbox);
        assert_eq!((sync.summary().done, done), (200, 2_000));
        // Each got its share of the first minute.
        let minute = Duration::from_secs(60);
        for operation in ["upsert_lead", "bulk_create_leads"] {
            let arrivals = sandbox.arrivals();
            let early = arrivals
                .iter()
                .filter(|a| a.operation == Some(operation) && a.at < minute);
            assert!(early.count() >= 60, "{operation}");
        }
    });
}
