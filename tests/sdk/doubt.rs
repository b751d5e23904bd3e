//! Doubt about requests that may be sent again. A refusal proves that an earlier attempt had no effect. A
//! request after a lost one is not in doubt because of it. If a later start may try again, the journal leaves
//! that open.

use std::{fs, path::Path};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Endpoint, MatchBy, Run, Update},
    types::{Email, LeadId, LeadUpdate},
};
use copper_crm_sandbox::{Fault, Sandbox, When};

use crate::support::{clock::in_virtual_time, folder::Folder};

const UPDATE: &str = "bulk_update_leads";

/// An account with ten leads, a client, and changes for the leads.
async fn desk() -> (Sandbox, Copper, Vec<Update<LeadId, LeadUpdate>>) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let mut run = copper.bulk_create_leads((0..10).map(|n| NewLead::named(format!("Lead {n}"))));
    let mut changes = Vec::new();
    while let Some(item) = run.next().await {
        let Outcome::Done(lead) = item.outcome else {
            panic!("it is created")
        };
        let change = LeadUpdate {
            title: "Manager".into(),
            ..LeadUpdate::default()
        };
        changes.push(Update::new(lead.id, change));
    }
    (sandbox, copper, changes)
}

/// One letter for each outcome: done, rejected, not sent or unknown; in lower case if it comes from the
/// journal.
async fn letters<E: Endpoint>(mut run: Run<'_, E>) -> String {
    let mut letters = String::new();
    while let Some(item) = run.next().await {
        let letter = match item.outcome {
            Outcome::Done(_) => 'd',
            Outcome::Rejected(_) => 'r',
            Outcome::NotSent(_) => 'n',
            Outcome::Unknown(_) => 'u',
        };
        letters.push(if item.from_journal {
            letter
        } else {
            letter.to_ascii_uppercase()
        });
    }
    letters
}

/// The lines of a journal that begin like this.
fn lines(journal: &Path, start: &str) -> usize {
    let written = fs::read_to_string(journal).expect("a journal");
    written
        .lines()
        .filter(|line| line.starts_with(start))
        .count()
}

#[test]
fn a_request_that_is_refused_after_it_was_lost_came_to_nothing_either_time() {
    in_virtual_time(async {
        let (sandbox, copper, changes) = desk().await;
        sandbox.inject(Fault::ResetBefore, When::nth(1).of(UPDATE));
        sandbox.inject(Fault::Refusal(400), When::nth(2).of(UPDATE));
        sandbox.inject(Fault::Refusal(401), When::from(3).of(UPDATE));
        let ended = letters(copper.bulk_update_leads(changes)).await;
        assert_eq!(ended, "NNNNNNNNNN");
    });
}

#[test]
fn the_doubt_of_one_half_is_not_the_others() {
    in_virtual_time(async {
        let (sandbox, copper, changes) = desk().await;
        let folder = Folder::new();
        let journal = folder.file("journal");
        sandbox.inject(Fault::Refusal(400), When::nth(1).of(UPDATE));
        sandbox.inject(Fault::ErrorAfter(502), When::range(2..=5).of(UPDATE));
        sandbox.inject(Fault::Refusal(401), When::from(6).of(UPDATE));
        let ended = letters(copper.bulk_update_leads(changes).journal(&journal)).await;
        assert_eq!(ended, "UUUUUNNNNN");
        assert_eq!(lines(&journal, "sending 0 5 "), 4);
        assert_eq!(lines(&journal, "refused 0 10"), 1);
        assert_eq!(lines(&journal, "refused 5 5"), 1);
    });
}

#[test]
fn an_upsert_that_was_lost_each_time_is_left_to_a_later_start() {
    in_virtual_time(async {
        let (sandbox, copper, _) = desk().await;
        let folder = Folder::new();
        let journal = folder.file("journal");
        let run = || {
            let lead = NewLead {
                email: Some(Email::new("jim@example.com")),
                ..NewLead::named("Jim")
            };
            let run = copper.upsert_leads([lead], MatchBy::Email);
            run.journal(&journal)
        };
        sandbox.inject(Fault::ErrorAfter(502), When::range(1..=4).of("upsert_lead"));
        assert_eq!(letters(run()).await, "U");
        assert_eq!(lines(&journal, "answered"), 0);
        assert_eq!(letters(run()).await, "D");
        assert_eq!(letters(run()).await, "d");
    });
}

#[test]
fn a_create_that_was_lost_is_never_sent_again_not_even_when_it_is_alone() {
    in_virtual_time(async {
        let (sandbox, copper, _) = desk().await;
        let folder = Folder::new();
        for (fault, file) in [
            (Fault::ErrorAfter(502), "after"),
            (Fault::ResetBefore, "before"),
        ] {
            let journal = folder.file(file);
            let run = || {
                let run = copper.bulk_create_leads([NewLead::named("Jim")]);
                run.journal(&journal)
            };
            sandbox.inject(fault, When::always().of("bulk_create_leads"));
            assert_eq!(letters(run()).await, "U");
            assert_eq!(lines(&journal, "answered 0 1 unknown"), 1);
            sandbox.clear_faults();
            // As if it had ended before it could write that down.
            let written = fs::read_to_string(&journal).expect("a journal");
            let open = written.lines().filter(|line| !line.starts_with("answered"));
            let open: String = open.map(|line| format!("{line}\n")).collect();
            assert_eq!(letters(run()).await, "u");
            fs::write(&journal, open).expect("it is written");
            assert_eq!(letters(run()).await, "u");
        }
        let there = sandbox.leads();
        assert_eq!(there.iter().filter(|lead| lead["name"] == "Jim").count(), 1);
    });
}
