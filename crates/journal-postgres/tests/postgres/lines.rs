//! The lines of a journal in its table: the same as in a file, separate for each journal, and durable.

use copper_crm::bulk::{JournalStore, StoreError};
use copper_crm_journal_postgres::PostgresJournals;

use crate::support::{folder::Folder, place::Place, query, server};

fn place() -> Place {
    Place::new(&Folder::new())
}

/// All lines of a store, read `most` at a time.
pub async fn read(store: &impl JournalStore, most: usize) -> Result<Vec<String>, StoreError> {
    let (mut lines, mut position) = (Vec::new(), 0);
    loop {
        let some = store.read(position, most).await?;
        if some.is_empty() {
            return Ok(lines);
        }
        assert!(some.len() <= most);
        for (line, end) in some {
            lines.push(line);
            position = end;
        }
    }
}

/// Opens a journal that no run has opened before.
pub async fn open_new(store: &impl JournalStore) {
    store.lock().await.expect("the lock");
    assert_eq!(read(store, 10).await.expect("no lines"), [""; 0]);
}

#[tokio::test]
async fn lines_are_read_as_they_were_appended_from_any_position() {
    let place = place();
    let store = place.store();
    store.lock().await.expect("the lock");
    assert_eq!(read(&store, 10).await.expect("lines"), [""; 0]);
    store.append("one\n".to_owned()).await.expect("it is there");
    store
        .append("two\nthree\nfour\n".to_owned())
        .await
        .expect("they are there");
    assert_eq!(place.written(), "one\ntwo\nthree\nfour\n");
    drop(store);
    for most in [1, 2, 3, 1000] {
        place.until_free().await;
        let store = place.store();
        store.lock().await.expect("the lock");
        let lines = read(&store, most).await.expect("lines");
        assert_eq!(lines, ["one", "two", "three", "four"]);
        let third = store.read(2, 1).await.expect("a line");
        assert_eq!(third, [("three".to_owned(), 3)]);
        store.append(String::new()).await.expect("nothing is there");
    }
}

#[tokio::test]
async fn journals_of_other_names_are_not_touched() {
    let (one, other) = (place(), place());
    let (first, second) = (one.store(), other.store());
    for store in [&first, &second] {
        store.lock().await.expect("its own lock");
        read(store, 10).await.expect("its lines");
    }
    first
        .append("first\n".to_owned())
        .await
        .expect("it is there");
    second
        .append("second\n".to_owned())
        .await
        .expect("it is there");
    assert_eq!(
        (one.written(), other.written()),
        ("first\n".into(), "second\n".into())
    );
}

#[tokio::test]
async fn a_line_that_is_missing_in_the_table_leaves_doubt() {
    let place = place();
    place.write("one\ntwo\nthree\n");
    query::rows(
        &server::shared().url(),
        "DELETE FROM copper_journal WHERE journal = $1 AND line = 2",
        &[place.name()],
    );
    let store = place.store();
    store.lock().await.expect("the lock");
    let error = read(&store, 10).await.expect_err("a line is missing");
    let StoreError::Failed {
        hides_lines,
        source,
    } = error
    else {
        panic!("{error}")
    };
    assert!(hides_lines);
    assert!(
        source
            .to_string()
            .ends_with("line 2 of the journal is not in the table"),
        "{source}"
    );
}

#[tokio::test]
async fn the_table_may_be_made_by_hand_and_is_needed() {
    let url = server::shared().url();
    query::rows(&url, "CREATE SCHEMA IF NOT EXISTS elsewhere", &[]);
    query::rows(&url, "DROP TABLE IF EXISTS elsewhere.copper_journal", &[]);
    let elsewhere = format!("{url}?options=-c%20search_path%3Delsewhere");
    let store =
        || copper_crm_journal_postgres::PostgresJournal::new(&elsewhere, "leads").expect("a URL");
    let error = store().lock().await.expect_err("there is no table");
    assert!(
        error
            .to_string()
            .contains("there is no table copper_journal; create it with"),
        "{error}"
    );
    let by_hand =
        copper_crm_journal_postgres::TABLE.replace("copper_journal", "elsewhere.copper_journal");
    query::rows(&url, by_hand.trim().trim_end_matches(';'), &[]);
    store().lock().await.expect("it is there");
    let journals = PostgresJournals::new(&elsewhere).expect("a URL");
    journals.create_table().await.expect("it is there already");
}

#[tokio::test]
async fn a_table_that_a_crash_empties_is_not_used() {
    let url = server::shared().url();
    query::rows(&url, "CREATE SCHEMA IF NOT EXISTS volatile", &[]);
    query::rows(
        &url,
        "CREATE UNLOGGED TABLE IF NOT EXISTS volatile.copper_journal (LIKE copper_journal INCLUDING ALL)",
        &[],
    );
    let volatile = format!("{url}?options=-c%20search_path%3Dvolatile");
    let store =
        copper_crm_journal_postgres::PostgresJournal::new(&volatile, "leads").expect("a URL");
    let error = store
        .lock()
        .await
        .expect_err("it is not durable")
        .to_string();
    assert!(
        error.contains("it would lose what it confirms in a power cut"),
        "{error}"
    );
}
