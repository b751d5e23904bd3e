//! Lookups in a later start, with a journal.

use std::fs;

use super::*;
use crate::support::folder::Folder;

/// A start that was dropped while the request with these leads was in flight, with its work done or not.
async fn dropped(
    sandbox: &Sandbox,
    journal: &Path,
    count: usize,
    worked: bool,
    how: Option<Reconcile>,
) {
    let fault = match worked {
        true => Fault::StallAfter,
        false => Fault::StallBefore,
    };
    sandbox.inject(fault, When::always().of(IMPORT));
    let mut run = copper(sandbox)
        .bulk_create_leads(leads(count))
        .journal(journal);
    if let Some(how) = how {
        run = run.reconcile(how);
    }
    let requests = count.div_ceil(10);
    tokio::select! {
        _ = run.next() => panic!("it stalls"),
        () = async {
            while imports(sandbox) < requests || (worked && sandbox.leads().len() < count) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        } => {}
    }
    drop(run);
    sandbox.clear_faults();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_start_left_in_doubt_is_found_or_sent_again() {
    for worked in [true, false] {
        for (n, how) in ways().into_iter().enumerate() {
            let (sandbox, folder) = (sandbox(0, 100).await, Folder::new());
            let journal = folder.file("journal");
            dropped(&sandbox, &journal, 15, worked, Some(how.clone())).await;
            let how = how.absent_after(ABSENT).send_again();
            let items = start(&sandbox, leads(25), &journal, how.clone()).await;
            let what = format!("way {n}, worked: {worked}");
            assert_eq!(letters(&items), "D".repeat(25), "{what}");
            assert_all_done(&sandbox, &items, 25, &what);
            // It is written down, so a third start asks nobody.
            let arrived = sandbox.arrivals().len();
            let items = start(&sandbox, leads(25), &journal, how).await;
            assert_eq!(letters(&items), "d".repeat(25), "{what}");
            assert_all_done(&sandbox, &items, 25, &what);
            assert_eq!(sandbox.arrivals().len(), arrived, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_without_the_mark_is_never_called_absent() {
    for (n, how) in ways().into_iter().enumerate() {
        let (sandbox, folder) = (sandbox(0, 0).await, Folder::new());
        let journal = folder.file("journal");
        dropped(&sandbox, &journal, 5, true, None).await;
        let how = how.absent_after(ABSENT).send_again();
        let items = start(&sandbox, leads(5), &journal, how).await;
        if n == 0 {
            // An address needs no mark.
            assert_all_done(&sandbox, &items, 5, "by e-mail");
        } else {
            assert_eq!(letters(&items), "uuuuu");
            let why = unknown(&items[0]);
            assert!(
                why.ends_with("without the mark to recognise it by"),
                "{why}"
            );
        }
        assert_eq!(sandbox.leads().len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tag_is_another_mark() {
    let (sandbox, folder) = (sandbox(0, 0).await, Folder::new());
    let journal = folder.file("journal");
    dropped(&sandbox, &journal, 5, true, Some(Reconcile::by_tag("a"))).await;
    let how = Reconcile::by_tag("b").absent_after(ABSENT).send_again();
    assert_eq!(
        letters(&start(&sandbox, leads(5), &journal, how).await),
        "uuuuu"
    );
    let how = Reconcile::by_tag("a").absent_after(ABSENT).send_again();
    assert_eq!(
        letters(&start(&sandbox, leads(5), &journal, how).await),
        "DDDDD"
    );
    assert_eq!(sandbox.leads().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_absent_is_sent_by_the_next_start() {
    let (sandbox, folder) = (sandbox(0, 0).await, Folder::new());
    let journal = folder.file("journal");
    dropped(&sandbox, &journal, 5, false, None).await;
    let how = Reconcile::by_email().absent_after(ABSENT);
    assert_eq!(
        letters(&start(&sandbox, leads(5), &journal, how.clone()).await),
        "NNNNN"
    );
    let written = fs::read_to_string(&journal).expect("a journal");
    assert_eq!(
        written.lines().filter(|l| l.starts_with("absent ")).count(),
        5
    );
    let items = start(&sandbox, leads(5), &journal, how).await;
    assert_all_done(&sandbox, &items, 5, "the next start");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_a_later_part_of_the_journal_has_is_no_proof() {
    let (sandbox, folder) = (sandbox(0, 0).await, Folder::new());
    let journal = folder.file("journal");
    let mut input = leads(300);
    input[299].email = input[0].email.clone();
    // The first request is lost before its work, so the only lead with the address is the last.
    let its = When::always().of(IMPORT).containing("Lead 0");
    sandbox.inject(Fault::ResetBefore, its);
    let run = copper(&sandbox)
        .bulk_create_leads(input.clone())
        .journal(&journal);
    assert_eq!(letters(&all(run).await)[..12], *"UUUUUUUUUUDD");
    for start_number in 2..=3 {
        let how = Reconcile::by_email().absent_after(ABSENT).send_again();
        let items = start(&sandbox, input.clone(), &journal, how).await;
        let why = unknown(&items[0]);
        let known = match start_number {
            2 => "start again with the same journal",
            _ => "they can't be told apart",
        };
        assert!(why.ends_with(known), "{why}");
        assert!(
            items[1..]
                .iter()
                .all(|i| matches!(i.outcome, Outcome::Done(_)))
        );
    }
    assert_eq!(held(&sandbox).len(), 299);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_another_input_nothing_is_said_of_how_it_was_sent() {
    for how in ways() {
        let (sandbox, folder) = (sandbox(0, 0).await, Folder::new());
        let journal = folder.file("journal");
        start(&sandbox, leads(2), &journal, how.clone()).await;
        let other = leads(3).split_off(1);
        let items = start(&sandbox, other, &journal, how).await;
        assert_eq!(letters(&items), "UU");
        let why = unknown(&items[0]);
        assert!(
            why.ends_with("not looked for: the run was stopped"),
            "{why}"
        );
    }
}
