//! Every way in which a small run can go. The model drives the real pipeline (`Run`, its chunks and their
//! tasks, the limiter, the journal and its file) with a virtual clock, one thread and a scripted Copper. It
//! runs once for each combination of fates of the requests, in every order of their answers, with a stop or a
//! drop at every step, and a crash between any two events. From every state that a crash, a drop or an end
//! leaves, it is started again, until no state is new. (Of journals that differ only in refused requests, one
//! is used.)
//!
//! Nothing of the pipeline is written twice here. Only two things are: the server (`server`), which knows
//! only its script, and the guarantees (`facts`), expressed by what the server and the caller saw.
//!
//! To add a kind of answer, add it to [`Fate`](fate::Fate). To add an event, add it to `walk`. The model does
//! not contain the HTTP client under the generated calls (the fault matrix has it), or a disk that loses
//! synced data.

mod choices;
mod facts;
mod fate;
mod journal;
mod kind;
mod lookup;
mod search;
mod server;
mod walk;

use std::{path::PathBuf, sync::Arc, time::Duration};

use reqwest::ClientBuilder;
use tokio::{sync::oneshot, time::timeout};
use tracing::Span;

use crate::{
    chunk::{Chunk, Context, send},
    outcome::Summary,
    progress::Tally,
};
use facts::{Facts, Told};
use kind::{Create, Request, Update, Upsert};
use search::{Size, search};
use server::Server;
use walk::World;

/// An HTTP client, with the TLS that it is given, because it uses none.
fn http() -> ClientBuilder {
    let http = ClientBuilder::new().no_proxy();
    #[cfg(feature = "rustls-ring")]
    let http = http
        .tls_backend_preconfigured(crate::client::tls_config(false, &[]).expect("a configuration"));
    http
}

/// The size of the runs here; `scripts/model` has larger ones.
fn size(leads: usize, chunk: usize) -> Size {
    let told = |name: &str| std::env::var(name).ok()?.parse().ok();
    Size {
        leads: told("MODEL_LEADS").unwrap_or(leads),
        // An upsert has one lead a request, whatever is told.
        chunk: told("MODEL_CHUNK").filter(|_| chunk > 1).unwrap_or(chunk),
        faults: told("MODEL_FAULTS").unwrap_or(1),
        ..Size::default()
    }
}

#[test]
fn whatever_a_run_meets_each_lead_has_one_true_outcome_and_none_is_sent_twice() {
    search::<Create>(size(4, 2)).assert_complete();
    let small = size(3, 2);
    let faults = small.faults + 1;
    search::<Create>(Size { faults, ..small }).assert_complete();
}

#[test]
fn the_same_where_one_request_goes_at_a_time() {
    let small = size(4, 2);
    let alone = Size {
        alone: true,
        ..small
    };
    search::<Create>(alone).assert_complete();
}

#[test]
fn a_run_that_is_cut_off_anywhere_is_carried_to_its_end_by_its_journal() {
    search::<Create>(size(3, 2).journalled()).assert_complete();
}

#[test]
fn updates_are_repeated_when_in_doubt_and_stay_true() {
    search::<Update>(size(4, 2)).assert_complete();
    search::<Update>(size(2, 2).journalled()).assert_complete();
}

#[test]
fn upserts_are_repeated_when_in_doubt_even_after_a_crash() {
    search::<Upsert>(size(2, 1)).assert_complete();
    // What one start leaves in doubt, and a second too, a third must still know.
    let again = size(1, 1).journalled();
    let faults = again.faults + 1;
    search::<Upsert>(Size { faults, ..again }).assert_complete();
    let undisturbed = Size {
        faults: 0,
        ..size(2, 1).journalled()
    };
    search::<Upsert>(undisturbed);
}

#[test]
fn what_is_looked_up_is_sent_again_only_if_it_is_absent_and_none_is_left_in_doubt() {
    let small = size(2, 2).looking();
    let faults = small.faults + 1;
    search::<Create>(Size { faults, ..small }).assert_complete();
    search::<Create>(size(1, 1).looking().journalled()).assert_complete();
}

#[test]
fn a_chunk_that_is_ended_in_the_middle_gives_all_its_records_back() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = World::new(PathBuf::new()).await;
        for begun in [false, true] {
            let server = Arc::new(Server::new(Facts::new(false, false), None));
            let context = Arc::new(Context::new(
                world.copper(false),
                Tally::new(Summary::new("leads"), None),
                Span::none(),
            ));
            let (reply, outcomes) = oneshot::channel();
            let chunk = Chunk::<Request<Create>> {
                context,
                terms: Arc::new(Arc::clone(&server)),
                check: None,
                first: 0,
                records: vec![0, 1],
                entry: None,
                deadline: None,
                lookup: None,
            };
            let sending = send(chunk, reply);
            if begun {
                // Its request is never answered.
                assert!(timeout(Duration::from_secs(1), sending).await.is_err());
            } else {
                drop(sending);
            }
            server.cut_off(false);
            let settled = outcomes.await.expect("a reply");
            let told: Vec<Told> = settled.iter().map(|it| server.tell(it)).collect();
            let expected = if begun { Told::Unknown } else { Told::NotSent };
            assert_eq!(told, [expected, expected]);
        }
    });
}
