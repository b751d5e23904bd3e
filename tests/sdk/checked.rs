//! Records that are validated before they are sent. An invalid one comes back as rejected, at its own index,
//! and Copper never sees it. Nothing else changes, even with a journal.

use std::path::Path;

use copper_crm::{Copper, NewLead, Outcome};
use copper_crm_sandbox::Sandbox;

use crate::support::{clock::in_virtual_time, folder::Folder};

fn lead(n: usize) -> NewLead {
    let lead = NewLead::named(format!("Lead {n}"));
    match n % 7 {
        3 => lead.email("nobody"),
        5 => lead.tag(" "),
        _ => lead.email(format!("{n}@example.com")),
    }
}

fn is_bad(n: usize) -> bool {
    [3, 5].contains(&(n % 7))
}

/// Loads leads, the first of which are all invalid, and returns the outcomes by index.
async fn load(copper: &Copper, journal: Option<&Path>, checked: bool) -> Vec<(u64, bool, bool)> {
    let leads = (0..20).map(|_| lead(3)).chain((20..45).map(lead));
    let mut run = copper.bulk_create_leads(leads);
    if let Some(journal) = journal {
        run = run.journal(journal);
    }
    if checked {
        run = run.checked();
    }
    let mut outcomes = Vec::new();
    while let Some(item) = run.next().await {
        let ours = match &item.outcome {
            Outcome::Done(_) => false,
            Outcome::Rejected(why) => why.invalid().is_some(),
            other => panic!("{other:?}"),
        };
        let done = matches!(item.outcome, Outcome::Done(_));
        outcomes.push((item.index, done, ours));
    }
    outcomes
}

fn wanted() -> Vec<(u64, bool, bool)> {
    let bad = |n: u64| n < 20 || is_bad(n as usize);
    (0..45).map(|n| (n, !bad(n), bad(n))).collect()
}

#[test]
fn what_is_at_fault_is_rejected_in_its_place_and_never_sent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        assert_eq!(load(&copper, None, true).await, wanted());
        let good = wanted().iter().filter(|(_, done, _)| *done).count();
        assert_eq!(sandbox.leads().len(), good);
        assert!(!sandbox.arrivals().iter().any(|it| it.contains("nobody")));
    });
}

#[test]
fn without_checks_everything_is_sent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        load(&copper, None, false).await;
        assert!(sandbox.arrivals().iter().any(|it| it.contains("nobody")));
    });
}

#[test]
fn a_journal_can_be_gone_on_with_even_where_whole_requests_were_at_fault() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let folder = Folder::new();
        let journal = folder.file("journal");
        assert_eq!(load(&copper, Some(&journal), true).await, wanted());
        let sent = sandbox.arrivals().len();
        assert_eq!(load(&copper, Some(&journal), true).await, wanted());
        assert_eq!(sandbox.arrivals().len(), sent, "nothing is sent twice");
    });
}

#[test]
fn what_an_earlier_start_has_sent_is_not_called_unsent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let folder = Folder::new();
        let journal = folder.file("journal");
        let first = load(&copper, Some(&journal), false).await;
        let sent = sandbox.arrivals().len();
        // Copper decided on all of them, and that stands.
        assert_eq!(load(&copper, Some(&journal), true).await, first);
        assert_eq!(sandbox.arrivals().len(), sent);
    });
}
