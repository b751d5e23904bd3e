//! A replica replaces its server, but lacks a confirmed line. A run that has the journal open notices this, and so does
//! the next start.

use copper_crm::bulk::{JournalStore, StoreError};
use copper_crm_journal_postgres::{PostgresJournal, PostgresJournals};

use crate::{
    journal::desk::{Desk, Ended, leads, until},
    lines::{open_new, read},
    support::{place::Place, query, server::Server, way::Way},
};

/// Waits until a replica has all lines of its server.
fn caught_up(server: &Server, replica: &Server) {
    let position = query::rows(
        &server.url(),
        "SELECT pg_current_wal_flush_lsn()::text",
        &[],
    );
    let position: String = position[0].get(0);
    let reached = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn";
    while !query::rows(&replica.url(), reached, &[&position])[0].get::<_, bool>(0) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn text(error: &StoreError) -> (bool, String) {
    match error {
        StoreError::Failed {
            hides_lines,
            source,
        } => (*hides_lines, source.to_string()),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_lacks_the_last_line_is_noticed_by_the_run_and_by_the_next() {
    let mut server = Server::start();
    let place = Place::on(&server);
    let mut way = Way::to(server.port()).await;
    let store = PostgresJournal::new(&way.url(), place.name()).expect("a URL");
    open_new(&store).await;
    store
        .append("replicated\n".to_owned())
        .await
        .expect("it is there");
    let mut replica = server.replica();
    replica.serve();
    caught_up(&server, &replica);
    // The replica stops, so it never gets the lines that are confirmed from now on.
    replica.kill();
    store
        .append("lost\n".to_owned())
        .await
        .expect("it is there");
    server.kill();
    replica.serve();
    replica.promote();
    way.lead_to(replica.port());

    let error = store
        .append("next\n".to_owned())
        .await
        .expect_err("a line is lost");
    let (hides_lines, text_of) = text(&error);
    assert!(!hides_lines, "this run knows all that was sent: {text_of}");
    assert!(
        text_of.contains("the server has lost line 2 of the journal"),
        "{text_of}"
    );
    drop(store);

    let next = || PostgresJournal::new(&replica.url(), place.name()).expect("a URL");
    let error = next().lock().await.expect_err("it may lack lines");
    let (hides_lines, text_of) = text(&error);
    assert!(hides_lines, "{text_of}");
    assert!(
        text_of.contains("lines that had been confirmed may be missing"),
        "{text_of}"
    );
    let journals = PostgresJournals::new(&replica.url()).expect("a URL");
    assert_eq!(
        journals.read(place.name()).await.expect("lines"),
        ["replicated"]
    );
    assert!(
        journals
            .accept_server(place.name())
            .await
            .expect("it is accepted")
    );
    let accepted = next();
    accepted.lock().await.expect("somebody has accepted it");
    assert_eq!(read(&accepted, 10).await.expect("lines"), ["replicated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_after_a_failover_that_no_run_has_lived_through_sends_nothing() {
    let mut server = Server::start();
    let mut desk = Desk::new().await;
    desk.journal = Place::on(&server);
    let mut replica = server.replica();
    replica.serve();
    let mut run = desk.run(leads(400));
    let mut items = until(&mut run, || desk.has("answered 5 5")).await;
    caught_up(&server, &replica);
    replica.kill();
    items.extend(until(&mut run, || desk.has("answered 50 5")).await);
    desk.check(&items);
    // The run ends together with its server.
    drop(run);
    server.kill();
    replica.serve();
    replica.promote();

    let arrived = desk.sandbox.arrivals().len();
    let store = PostgresJournal::new(&replica.url(), desk.journal.name()).expect("a URL");
    let mut run = desk
        .copper
        .bulk_create_leads(leads(400))
        .chunk_size(5)
        .journal(store);
    let ended = Ended::of(&mut run, Vec::new()).await;
    assert_eq!(
        ended.letters(),
        "U".repeat(400),
        "what the replica lacks, nobody knows"
    );
    assert!(
        ended
            .fault()
            .contains("lines that had been confirmed may be missing")
    );
    assert_eq!(desk.sandbox.arrivals().len(), arrived, "nothing is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_on_a_replica_that_has_all_lines() {
    let mut server = Server::start();
    let place = Place::on(&server);
    let mut way = Way::to(server.port()).await;
    let store = PostgresJournal::new(&way.url(), place.name()).expect("a URL");
    open_new(&store).await;
    store.append("one\n".to_owned()).await.expect("it is there");
    let mut replica = server.replica();
    replica.serve();
    caught_up(&server, &replica);
    server.kill();
    replica.promote();
    way.lead_to(replica.port());
    store.append("two\n".to_owned()).await.expect("it is there");
    drop(store);
    // The first run has accepted the replica, so the next start needs nobody to accept it.
    let next = PostgresJournal::new(&replica.url(), place.name()).expect("a URL");
    next.lock().await.expect("the lock");
    assert_eq!(read(&next, 10).await.expect("lines"), ["one", "two"]);
}
