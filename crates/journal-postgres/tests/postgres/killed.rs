//! The server is killed and started again, between appends and during them. Each confirmed line is there once. Runs
//! continue, or report that they do not know the outcomes.

use std::time::Duration;

use copper_crm::bulk::JournalStore;
use copper_crm_journal_postgres::PostgresJournal;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::time::sleep;

use crate::{
    journal::desk::{Desk, Ended, leads},
    lines::open_new,
    support::{folder::Folder, place::Place, seed::seed, server::Server},
};

fn kills(default: usize) -> usize {
    let asked = std::env::var("CRASH_ROUNDS").ok();
    asked.map_or(default, |asked| {
        asked.parse().expect("CRASH_ROUNDS is a number")
    })
}

/// Kills the server at a random moment and starts it again.
async fn kill(mut server: Server, micros: u64) -> Server {
    sleep(Duration::from_micros(micros)).await;
    let restart = tokio::task::spawn_blocking(move || {
        server.kill();
        server.serve();
        server
    });
    restart.await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_confirmed_is_there_once_however_often_it_is_killed() {
    let mut rng = SmallRng::seed_from_u64(seed());
    let mut server = Server::start();
    let place = Place::on(&server);
    let store = place.store();
    open_new(&store).await;
    let mut appended = 0;
    for _ in 0..kills(3) {
        let mut killing = tokio::spawn(kill(server, rng.random_range(0..60_000)));
        // Appends continue until the server is back.
        server = loop {
            tokio::select! {
                biased;
                done = store.append(format!("line {appended}\n")) => {
                    done.expect("it is there");
                    appended += 1;
                }
                back = &mut killing => break back.expect("it is back"),
            }
        };
        // The select may have dropped an append, which still completes in its task.
        store.append(String::new()).await.expect("it is there");
        let written = place.written();
        let lines: Vec<&str> = written.lines().collect();
        assert!(lines.len() >= appended, "{} of {appended}", lines.len());
        appended = lines.len();
        let numbered = (0..appended).map(|n| format!("line {n}"));
        assert!(numbered.eq(lines.iter().copied()), "each once, in order");
    }
    println!("{appended} lines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_when_the_server_is_killed_and_comes_back() {
    let mut rng = SmallRng::seed_from_u64(seed());
    let mut server = Server::start();
    for _ in 0..kills(2) {
        let mut desk = Desk::new().await;
        desk.journal = Place::on(&server);
        let mut run = desk.run(leads(200));
        let killing = tokio::spawn(kill(server, rng.random_range(1_000..300_000)));
        let ended = Ended::of(&mut run, Vec::new()).await;
        server = killing.await.expect("it is back");
        desk.check(&ended.items);
        match &ended.stopped_by {
            // The server was killed before the run had opened its journal, so nothing was sent.
            Some(_) => {
                assert_eq!(ended.letters(), "U".repeat(200), "{}", ended.fault());
                assert!(desk.sandbox.arrivals().is_empty());
            }
            None => assert_eq!(ended.letters(), "DDDRDDD".repeat(29)[..200]),
        }
        drop(run);
        let again = desk.start(leads(200)).await;
        assert_eq!(again.letters().to_uppercase(), "DDDRDDD".repeat(29)[..200]);
        let arrived: usize = desk.sizes().iter().sum();
        assert_eq!(arrived, 200, "each was sent once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_server_stays_away_says_what_it_does_not_know_and_a_later_one_goes_on() {
    let mut rng = SmallRng::seed_from_u64(seed());
    let mut server = Server::start();
    for _ in 0..kills(2) {
        let mut desk = Desk::new().await;
        desk.journal = Place::on(&server);
        let store = PostgresJournal::new(&server.url(), desk.journal.name()).expect("a URL");
        let store = store.patience(Duration::from_millis(100));
        let mut run = desk
            .copper
            .bulk_create_leads(leads(400))
            .chunk_size(5)
            .journal(store);
        let mut items = Vec::new();
        let until = rng.random_range(0..100);
        while items.len() < until {
            items.extend(run.next().await);
        }
        server.kill();
        let first = Ended::of(&mut run, items).await;
        drop(run);
        desk.check(&first.items);
        assert!(
            !first.letters().contains('N'),
            "another may have it: {}",
            first.letters()
        );
        assert!(first.letters().ends_with('U'));
        assert!(
            first.fault().contains("the server can't be reached"),
            "{}",
            first.fault()
        );
        server.serve();
        let second = desk.start(leads(400)).await;
        assert!(second.stopped_by.is_none());
        for (n, (first, second)) in first.words().iter().zip(second.words()).enumerate() {
            // If an answer could not be written into the journal, one of the two starts reports the record as unknown.
            let fits = *first == second || first == "unknown" || second == "unknown";
            assert!(fits, "#{n}: {first}, then {second}");
        }
        let unknown = second.letters().matches(['u', 'U']).count();
        assert!(unknown <= 16 * 5, "only what was in flight: {unknown}");
        // No lead was sent twice. Every lead that is done is there; an unknown one may be there.
        let arrived: usize = desk.sizes().iter().sum();
        assert!(arrived <= 400, "{arrived}");
        assert_eq!(desk.held().len(), desk.sandbox.leads().len());
    }
    drop(Folder::new());
}
