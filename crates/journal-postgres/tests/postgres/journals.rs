//! Old journals are listed, read and deleted, but not deleted while a run has them open.

use std::time::{Duration, SystemTime};

use copper_crm::bulk::JournalStore;
use copper_crm_journal_postgres::{PostgresJournal, PostgresJournals};

use crate::{
    lines::open_new,
    support::{folder::Folder, place::Place, query, server},
};

#[tokio::test]
async fn old_journals_are_listed_read_and_deleted() {
    let place = Place::new(&Folder::new());
    let journals = PostgresJournals::new(&server::shared().url()).expect("a URL");
    let info = async || {
        let list = journals.list().await.expect("a list");
        list.into_iter().find(|info| info.name == place.name())
    };
    assert_eq!(info().await, None);
    assert_eq!(journals.read(place.name()).await.expect("lines"), [""; 0]);
    assert!(!journals.delete(place.name()).await.expect("there is none"));

    let store = place.store();
    open_new(&store).await;
    store
        .append("one\ntwo\n".to_owned())
        .await
        .expect("they are there");
    let listed = info().await.expect("it is listed");
    assert_eq!((listed.lines, listed.in_use), (2, true));
    let age = SystemTime::now()
        .duration_since(listed.written)
        .unwrap_or_default();
    assert!(age < Duration::from_secs(600), "{age:?}");
    let refused = journals
        .delete(place.name())
        .await
        .expect_err("it is in use");
    assert!(refused.is_in_use(), "{refused}");
    let refused = journals
        .accept_server(place.name())
        .await
        .expect_err("it is in use");
    assert!(refused.is_in_use(), "{refused}");
    store
        .append("three\n".to_owned())
        .await
        .expect("it is there");

    drop(store);
    place.until_free().await;
    assert!(!info().await.expect("it is listed").in_use);
    let lines = journals.read(place.name()).await.expect("lines");
    assert_eq!(lines, ["one", "two", "three"]);
    assert!(journals.delete(place.name()).await.expect("it is deleted"));
    assert_eq!(info().await, None);
}

#[tokio::test]
async fn a_journal_that_is_deleted_under_a_run_leaves_doubt() {
    let place = Place::new(&Folder::new());
    let store = place.store();
    open_new(&store).await;
    query::rows(
        &server::shared().url(),
        "DELETE FROM copper_journal WHERE journal = $1",
        &[place.name()],
    );
    let error = store
        .append("late\n".to_owned())
        .await
        .expect_err("it is gone");
    assert!(
        error
            .to_string()
            .ends_with("the journal was deleted while it was in use"),
        "{error}"
    );
    assert_eq!(place.written(), "");
}

#[test]
fn no_handle_shows_a_password() {
    let url = "postgres://jim:geheim@db.example.com/crm";
    let (journal, journals) = (PostgresJournal::new(url, "May"), PostgresJournals::new(url));
    let (journal, journals) = (journal.expect("a URL"), journals.expect("a URL"));
    assert_eq!(
        journal.to_string(),
        "postgres://jim@db.example.com:5432/crm?name=May"
    );
    for shown in [format!("{journal:?}"), format!("{journals:?}")] {
        assert!(!shown.contains("geheim"), "{shown}");
        assert!(shown.contains("db.example.com"), "{shown}");
    }
}
