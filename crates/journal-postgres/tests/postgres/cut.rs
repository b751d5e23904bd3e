//! The connection is cut around a commit: before the append is sent, while it is in flight, and between the commit and
//! its answer. Each line is there once, and the run continues.

use std::time::Duration;

use copper_crm::bulk::{JournalStore, StoreError};
use copper_crm_journal_postgres::PostgresJournal;

use crate::{
    journal::desk::{Desk, Ended, leads},
    lines::open_new,
    support::{
        folder::Folder,
        place::Place,
        server,
        way::{Cut, Way},
    },
};

#[tokio::test]
async fn each_line_is_there_once_wherever_the_connection_is_cut() {
    let (place, way) = (
        Place::new(&Folder::new()),
        Way::to(server::shared().port()).await,
    );
    let store = PostgresJournal::new(&way.url(), place.name()).expect("a URL");
    open_new(&store).await;
    let mut expected = String::new();
    for round in 0..4 {
        for cut in [Cut::Before, Cut::Behind, Cut::Answered] {
            way.cut(cut);
            let lines = format!("{round} {cut:?} one\n{round} {cut:?} two\n");
            store.append(lines.clone()).await.expect("they are there");
            expected += &lines;
            assert_eq!(place.written(), expected);
        }
    }
    assert_eq!(way.cuts(), 12);
}

#[tokio::test]
async fn a_run_whose_connection_is_cut_goes_on_and_leaves_no_doubt() {
    let desk = Desk::new().await;
    let way = Way::to(server::shared().port()).await;
    let store = PostgresJournal::new(&way.url(), desk.journal.name()).expect("a URL");
    let mut run = desk
        .copper
        .bulk_create_leads(leads(60))
        .chunk_size(5)
        .journal(store);
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        way.cut([Cut::Answered, Cut::Behind, Cut::Before][items.len() % 3]);
        items.push(item);
    }
    desk.check(&items);
    assert!(run.stopped_by().is_none());
    assert!(way.cuts() > 5, "{}", way.cuts());
    let stopped_by = None;
    let letters = Ended { items, stopped_by }.letters();
    assert_eq!(letters, "DDDRDDD".repeat(9)[..60]);
    drop(run);
    // The next start finds all records settled.
    let again = desk.start(leads(60)).await;
    assert_eq!(again.letters(), "dddrddd".repeat(9)[..60]);
}

#[tokio::test]
async fn a_server_that_stays_away_leaves_doubt_and_the_line_is_there_or_not() {
    for cut in [Cut::Before, Cut::Answered] {
        let (place, way) = (
            Place::new(&Folder::new()),
            Way::to(server::shared().port()).await,
        );
        let store = PostgresJournal::new(&way.url(), place.name()).expect("a URL");
        let store = store.patience(Duration::from_millis(300));
        open_new(&store).await;
        store
            .append("first\n".to_owned())
            .await
            .expect("it is there");
        way.cut(cut);
        let port = server::shared().port();
        let appended = store.append("second\n".to_owned());
        // After the cut, no server answers.
        let closed = async {
            while way.cuts() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            way.refuse();
        };
        let (appended, ()) = tokio::join!(appended, closed);
        match appended {
            // The append ended before the test could refuse connections.
            Ok(()) => continue,
            Err(StoreError::Failed {
                hides_lines,
                source,
            }) => {
                assert!(hides_lines, "{source}");
                let text = source.to_string();
                assert!(
                    text.contains("the server can't be reached"),
                    "{port}: {text}"
                );
                assert!(text.contains("may or may not be there"), "{text}");
            }
            Err(other) => panic!("{other}"),
        }
        let error = store.append("third\n".to_owned()).await;
        assert!(error.is_err(), "after a failure it takes no more");
        assert!(!place.written().contains("third"));
    }
}
