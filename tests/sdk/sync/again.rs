//! A sync with a journal that is started again creates no record twice.

use std::{fs, time::Duration};

use copper_crm::{
    Invalid,
    sync::{Sync, SyncOutcome},
};
use copper_crm_sandbox::{Fault, Sandbox, When};

use super::{all, record, word};
use crate::support::{folder::Folder, held::held, sandbox::sandbox};

#[tokio::test]
async fn what_an_earlier_start_has_created_is_not_created_again() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("sync.journal");
    let records = || (0..35).map(|n| record(&format!("lead{n}")));
    for start in 1..=2 {
        let mut run = copper
            .sync_leads(records(), Sync::by_email())
            .journal(&journal);
        for item in all(&mut run).await {
            assert!(
                matches!(item.outcome, SyncOutcome::Created(_)),
                "{:?}",
                item.outcome
            );
            assert_eq!(item.from_journal, start == 2);
        }
    }
    assert_eq!(held(&sandbox).len(), 35);
}

#[tokio::test]
async fn a_sync_that_is_dropped_in_the_middle_is_ended_by_the_next_start() {
    for after in [0, 1, 12, 25] {
        let (sandbox, copper) = sandbox().await;
        let folder = Folder::new();
        let journal = folder.file("sync.journal");
        let old = (0..5).map(|n| record(&format!("old{n}")));
        all(&mut copper.sync_leads(old, Sync::by_email())).await;
        let records = || {
            (0..60).map(|n| match n % 12 {
                0 => record(&format!("old{}", n / 12)).title("Clerk"),
                _ => record(&format!("lead{n}")),
            })
        };
        let by_email = || {
            Sync::by_email()
                .absent_after(Duration::from_millis(50))
                .send_again()
        };
        let mut run = copper.sync_leads(records(), by_email()).journal(&journal);
        for _ in 0..after {
            run.next().await.expect("an outcome");
        }
        drop(run);
        // The sandbox still handles a request that was in flight.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut run = copper.sync_leads(records(), by_email()).journal(&journal);
        let words: Vec<_> = all(&mut run)
            .await
            .iter()
            .map(|item| word(&item.outcome))
            .collect();
        let bad = |word: &&str| !["created", "updated", "unchanged"].contains(word);
        assert!(!words.iter().any(bad), "{words:?}");
        assert_eq!(held(&sandbox).len(), 60);
        let titled = sandbox
            .leads()
            .iter()
            .filter(|lead| lead["title"] == "Clerk")
            .count();
        assert_eq!(titled, 5);
    }
}

#[tokio::test]
async fn what_an_earlier_start_left_in_doubt_is_looked_up() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("sync.journal");
    sandbox.inject(Fault::StallAfter, When::nth(1).of("bulk_create_leads"));
    let records = || ["jim", "pam"].map(record);
    let mut run = copper
        .sync_leads(records(), Sync::by_email())
        .journal(&journal);
    let waited = tokio::time::timeout(Duration::from_millis(300), run.next()).await;
    assert!(waited.is_err(), "the answer never comes");
    drop(run);
    assert_eq!(held(&sandbox).len(), 2);
    let mut run = copper
        .sync_leads(records(), Sync::by_email())
        .journal(&journal);
    assert_eq!(all(&mut run).await.len(), 2);
    assert_eq!(run.summary().created, 2);
    assert_eq!(held(&sandbox).len(), 2);
}

#[tokio::test]
async fn a_start_that_may_not_create_a_record_does_not_end_its_earlier_create() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("sync.journal");
    let start = |sync: Sync| {
        let records = (0..25).map(|n| record(&format!("lead{n}")));
        copper.sync_leads(records, sync).journal(&journal)
    };
    sandbox.inject(Fault::Refusal(401), When::from(2).of("bulk_create_leads"));
    let mut run = start(Sync::by_email());
    all(&mut run).await;
    assert_eq!((run.summary().created, run.summary().not_sent), (10, 15));
    sandbox.clear_faults();
    let mut run = start(Sync::by_email().update_only());
    let outcomes = all(&mut run).await;
    assert_eq!((run.summary().created, run.summary().not_sent), (10, 15));
    let told = match &outcomes[24].outcome {
        SyncOutcome::NotSent(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(told.contains("only changes are wanted now"), "{told}");
    assert_eq!(held(&sandbox).len(), 10);
    let check = |index, _: &_| match index {
        24 => Err(Invalid::new("title", "it is wrong")),
        _ => Ok(()),
    };
    let mut run = start(Sync::by_email()).checked_by(check);
    let outcomes = all(&mut run).await;
    assert_eq!((run.summary().created, run.summary().rejected), (24, 1));
    let told = match &outcomes[24].outcome {
        SyncOutcome::Rejected(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told, "title: it is wrong");
    let mut run = start(Sync::by_email());
    all(&mut run).await;
    assert_eq!(run.summary().created, 25);
    assert_eq!(held(&sandbox).len(), 25);
}

#[tokio::test]
async fn a_create_in_doubt_is_not_sent_again_by_a_start_that_creates_nothing() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("sync.journal");
    sandbox.inject(Fault::StallBefore, When::nth(1).of("bulk_create_leads"));
    let start = |sync: Sync| {
        let records = ["jim", "pam"].map(record);
        copper.sync_leads(records, sync).journal(&journal)
    };
    let mut run = start(Sync::by_email());
    let waited = tokio::time::timeout(Duration::from_millis(300), run.next()).await;
    assert!(waited.is_err(), "the answer never comes");
    drop(run);
    let by_email = || Sync::by_email().absent_after(Duration::ZERO).send_again();
    let mut run = start(by_email().update_only());
    all(&mut run).await;
    assert_eq!(run.summary().not_sent, 2);
    assert_eq!(held(&sandbox).len(), 0);
    let mut run = start(by_email());
    all(&mut run).await;
    assert_eq!(run.summary().created, 2);
    assert_eq!(held(&sandbox).len(), 2);
}

#[tokio::test]
async fn a_journal_of_another_input_is_refused_and_left_as_it_is() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("sync.journal");
    all(&mut copper
        .sync_leads([record("jim")], Sync::by_email())
        .journal(&journal))
    .await;
    let text = fs::read(&journal).expect("the journal");
    for other in [record("pam"), record("jim").title("Clerk")] {
        let mut run = copper
            .sync_leads([other], Sync::by_email())
            .journal(&journal);
        let outcomes = all(&mut run).await;
        let error = match &outcomes[0].outcome {
            SyncOutcome::Unknown(why) => why.error().map(|error| error.is_journal()),
            other => panic!("{other:?}"),
        };
        assert_eq!(error, Some(true));
    }
    assert_eq!(fs::read(&journal).expect("the journal"), text);
    assert_eq!(held(&sandbox).len(), 1);
}

#[tokio::test]
async fn a_lag_of_the_search_is_waited_for_when_a_create_is_in_doubt() {
    let lag = Duration::from_millis(150);
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .search_lag(lag, lag)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    let sync = Sync::by_email()
        .absent_after(Duration::from_millis(600))
        .send_again();
    let mut run = copper.sync_leads(["jim", "pam"].map(record), sync);
    all(&mut run).await;
    assert_eq!(run.summary().created, 2);
    assert_eq!(held(&sandbox).len(), 2);
}
