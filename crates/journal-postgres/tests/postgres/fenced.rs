//! Two starts want the same run. One has it. The other can't append any more, and reports that it does not know the
//! outcomes.

use std::time::Duration;

use copper_crm::bulk::{JournalStore, StoreError};
use copper_crm_journal_postgres::PostgresJournal;

use crate::{
    journal::desk::{Desk, Ended, leads, until},
    lines::{open_new, read},
    support::{folder::Folder, place::Place, query, server, way::Way},
};

/// Ends the session that holds the lock of a journal, as the server does when it considers the client dead.
fn end_session(name: &str) {
    let ended = query::rows(
        &server::shared().url(),
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'
        AND classid::bigint << 32 | objid::bigint
        = hashtextextended('copper_journal'::regclass::oid::text || ' ' || $1, 0)",
        &[name],
    );
    assert_eq!(ended.len(), 1);
}

#[tokio::test]
async fn who_has_lost_the_journal_can_not_append_any_more() {
    let (place, way) = (
        Place::new(&Folder::new()),
        Way::to(server::shared().port()).await,
    );
    let first = PostgresJournal::new(&way.url(), place.name()).expect("a URL");
    open_new(&first).await;
    first
        .append("of the first\n".to_owned())
        .await
        .expect("it is there");
    let second = place.store();
    assert!(matches!(second.lock().await, Err(StoreError::InUse)));
    // The first store is cut off, and does not know that it has lost the lock.
    way.close();
    end_session(place.name());
    second.lock().await.expect("the lock");
    assert_eq!(
        read(&second, 10).await.expect("its lines"),
        ["of the first"]
    );
    way.open();
    let late = first.append("late\n".to_owned()).await;
    assert!(matches!(late, Err(StoreError::InUse)), "{late:?}");
    second
        .append("of the second\n".to_owned())
        .await
        .expect("it is there");
    let late = first.append("later\n".to_owned()).await;
    assert!(matches!(late, Err(StoreError::InUse)), "{late:?}");
    assert_eq!(place.written(), "of the first\nof the second\n");
}

#[tokio::test]
async fn a_token_that_changed_is_noticed_in_the_transaction_of_the_append() {
    let place = Place::new(&Folder::new());
    let store = place.store();
    open_new(&store).await;
    // A writer without the lock changes the token, as can happen behind a proxy that gives each transaction another
    // session.
    query::rows(
        &server::shared().url(),
        "UPDATE copper_journal SET text = 'another token' WHERE journal = $1 AND line = 0",
        &[place.name()],
    );
    let late = store.append("late\n".to_owned()).await;
    assert!(matches!(late, Err(StoreError::InUse)), "{late:?}");
    assert_eq!(place.written(), "");
}

#[tokio::test]
async fn a_session_that_is_ended_is_taken_up_again_if_nobody_was_quicker() {
    let place = Place::new(&Folder::new());
    let store = place.store();
    open_new(&store).await;
    for n in 0..5 {
        end_session(place.name());
        store
            .append(format!("line {n}\n"))
            .await
            .expect("it is there");
    }
    assert_eq!(place.written().lines().count(), 5);
}

#[tokio::test]
async fn a_run_that_was_cut_off_and_taken_over_sends_nothing_more_and_claims_nothing() {
    let desk = Desk::new().await;
    let way = Way::to(server::shared().port()).await;
    let store = PostgresJournal::new(&way.url(), desk.journal.name()).expect("a URL");
    let mut first = desk
        .copper
        .bulk_create_leads(leads(200))
        .chunk_size(5)
        .journal(store);
    let early = until(&mut first, || desk.has("answered 5 5")).await;
    way.close();
    end_session(desk.journal.name());
    let second = desk.start(leads(200)).await;
    assert!(second.stopped_by.is_none());
    assert!(!second.letters().contains('N'));
    let arrived = desk.sandbox.arrivals().len();
    way.open();
    let first = tokio::time::timeout(Duration::from_secs(60), Ended::of(&mut first, early));
    let first = first.await.expect("it ends");
    desk.check(&first.items);
    assert!(
        !first.letters().contains('N'),
        "the other may have sent them: {}",
        first.letters()
    );
    assert_eq!(
        first.fault(),
        "another run has it open; wait until that one has ended"
    );
    assert_eq!(
        desk.sandbox.arrivals().len(),
        arrived,
        "it sends nothing more"
    );
    assert_eq!(desk.held().len(), desk.sandbox.leads().len());
}

#[tokio::test]
async fn of_many_starters_one_has_the_run_and_each_lead_is_sent_once() {
    let desk = Desk::new().await;
    let runs = (0..6).map(|_| async {
        let mut run = desk.run(leads(60));
        Ended::of(&mut run, Vec::new()).await
    });
    let ended = futures_util::future::join_all(runs).await;
    let mut letters: Vec<_> = ended.iter().map(Ended::letters).collect();
    letters.sort();
    // A start that comes after another has ended gets the outcomes of that one.
    let is_known = |letters: &str| letters.to_uppercase() == "DDDRDDD".repeat(9)[..60];
    let is_told = |letters: &&String| is_known(letters) || **letters == "U".repeat(60);
    assert!(
        letters.iter().all(|letters| is_told(&letters)),
        "{letters:?}"
    );
    assert!(
        letters.iter().any(|letters| is_known(letters)),
        "{letters:?}"
    );
    assert_eq!(desk.sizes().iter().sum::<usize>(), 60);
    ended.iter().for_each(|ended| desk.check(&ended.items));
}
