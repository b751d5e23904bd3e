//! Dropped, or stopped gracefully, at random points, in this process; some look up what is in doubt, and
//! keep back what a check finds invalid.

use std::time::Duration;

use copper_crm::{
    NewLead,
    bulk::{Reconcile, from_stream},
};
use futures_util::stream::{self, Stream};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::task::yield_now;

use super::{
    books::Books,
    child,
    folder::Folder,
    place::Place,
    rounds::{Tally, rounds},
    world,
};

/// Longer than the search of the sandbox lags.
const ABSENT: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_dropped_or_stopped_at_any_moment_is_carried_to_its_end() {
    rounds("dropped or stopped", 20, 6, round).await;
}

async fn round(seed: u64) -> Tally {
    let mut rng = SmallRng::seed_from_u64(seed);
    let leads = rng.random_range(1..=200);
    let sandbox = world::sandbox(&mut rng).await;
    world::torment(&sandbox, &mut rng);
    let copper = sandbox.copper().build().expect("a client");
    let folder = Folder::new();
    let journal = Place::new(&folder);
    let reconciled = rng.random_bool(0.3);
    let mut books = match reconciled {
        true => Books::reconciled(leads),
        false => Books::new(leads),
    };
    let mut tally = Tally::default();
    let mut drops = rng.random_range(0..=3);
    let mut stops = rng.random_range(0..=3);
    loop {
        tally.starts += 1;
        books.start();
        let mut run = copper
            .bulk_create_leads(from_stream(input(leads, rng.random(), reconciled)))
            .chunk_size(rng.random_range(1..=10))
            .journal(journal.location());
        if reconciled {
            let how = Reconcile::by_tag("import").absent_after(ABSENT);
            run = run.reconcile(how.send_again()).checked();
        }
        let moment = rng.random_range(0..=leads);
        let drop_it = drops > 0 && rng.random_bool(0.5);
        let stop_it = !drop_it && stops > 0;
        (drops, stops) = (drops - usize::from(drop_it), stops - usize::from(stop_it));
        let mut given = 0;
        while (given < moment || !drop_it)
            && let Some(settled) = run.next().await
        {
            assert_eq!(settled.index, given as u64);
            books.tell(given, &child::word(&settled.outcome));
            given += 1;
            if given >= moment && stop_it {
                run.stop();
            }
        }
        books.check(&sandbox);
        let stopped_by = run.stopped_by();
        drop(run);
        if drop_it {
            tally.ended += 1;
            let in_flight = books.cut_short(&journal).await;
            tally.in_flight += usize::from(in_flight > 0);
            continue;
        }
        assert_eq!(given, leads, "a run that is not dropped gives all outcomes");
        if stopped_by.is_none() && books.are_closed() {
            break;
        }
        tally.ended += usize::from(stop_it);
    }
    sandbox.pause().await;
    tally += books.close(&sandbox);
    tally
}

/// So many leads, from a source that now and then has none ready; by its seed. With `faulty`, some are
/// such that a check finds them invalid.
fn input(leads: usize, seed: u64, faulty: bool) -> impl Stream<Item = NewLead> + Send {
    let rng = SmallRng::seed_from_u64(seed);
    let slowness = [0.0, 0.0, 0.1, 0.9][(seed % 4) as usize];
    stream::unfold((0, rng), move |(n, mut rng)| async move {
        while rng.random_bool(slowness) {
            yield_now().await;
        }
        (n < leads).then(|| {
            let mut lead = child::lead(n);
            if faulty && n % 11 == 5 {
                lead.tags.push(" ".to_owned());
            }
            (lead, (n + 1, rng))
        })
    })
}
