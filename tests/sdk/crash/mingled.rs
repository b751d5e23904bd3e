//! Several imports and single calls on one `Copper`, started, dropped and stopped in a random order:
//! each gets its own answers, the limits are kept as the sandbox counts them, and nothing is created
//! twice.

use copper_crm::{Copper, NewLead, Outcome};
use copper_crm_sandbox::{Arrival, Sandbox};
use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::task::yield_now;

use super::{
    folder::Folder,
    held::held,
    rounds::{Tally, rounds},
    world,
};

/// What was told of one lead: its name, and its id if it is there.
type Told = (String, Option<i64>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_and_single_calls_on_one_client_are_not_mixed_up() {
    rounds("mingled", 60, 8, round).await;
}

async fn round(seed: u64) -> Tally {
    let mut rng = SmallRng::seed_from_u64(seed);
    let sandbox = world::sandbox(&mut rng).await;
    let copper = sandbox.copper().build().expect("a client");
    let folder = Folder::new();
    let imports = (0..rng.random_range(2..=4)).map(|n| {
        let journal = rng.random_bool(0.2).then(|| folder.file(n.to_string()));
        let seed = rng.random();
        import(copper.clone(), format!("Import {n}"), journal, seed)
    });
    let imports: Vec<_> = imports.collect();
    let calls = (0..rng.random_range(1..=4))
        .map(|n| call(copper.clone(), format!("Call {n}"), rng.random()))
        .collect::<Vec<_>>();
    let (imports, calls) = tokio::join!(join_all(imports), join_all(calls));
    check(&sandbox, &[imports.concat(), calls.concat()].concat())
}

/// An import, which goes to its end, is stopped, or is dropped. Gives what it was told.
async fn import(
    copper: Copper,
    name: String,
    journal: Option<std::path::PathBuf>,
    seed: u64,
) -> Vec<Told> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let count = rng.random_range(1..=30_usize);
    let lead = |n: usize| NewLead::named(format!("{name}: {n}"));
    let mut run = copper
        .bulk_create_leads((0..count).map(lead))
        .chunk_size(rng.random_range(1..=10));
    if let Some(journal) = journal {
        run = run.journal(journal);
    }
    let (end, moment) = (rng.random_range(0..6), rng.random_range(0..count));
    let mut told = Vec::new();
    while let Some(item) = run.next().await {
        let n = told.len();
        assert_eq!((item.index, &item.input), (n as u64, &lead(n)));
        told.push(match item.outcome {
            Outcome::Done(made) => {
                assert_eq!(made.name, Some(lead(n).name));
                (lead(n).name, Some(*made.id))
            }
            Outcome::NotSent(_) if end == 1 => (lead(n).name, None),
            other => panic!("{name}: #{n}: {other:?}"),
        });
        match end {
            0 if n == moment => return told,
            1 if n == moment => run.stop(),
            _ => {}
        }
        idle(&mut rng).await;
    }
    assert_eq!(told.len(), count, "each has its outcome");
    told
}

/// Single calls, one after the other, some of them given up. Gives what was told.
async fn call(copper: Copper, name: String, seed: u64) -> Vec<Told> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut told = Vec::new();
    for n in 0..rng.random_range(1..=4) {
        idle(&mut rng).await;
        let name = format!("{name}: {n}");
        let lead = NewLead::named(name.as_str());
        if rng.random_bool(0.1) {
            tokio::select! {
                biased;
                () = idle(&mut rng) => {}
                _ = copper.create_lead(&lead) => {}
            }
            continue;
        }
        let made = copper.create_lead(&lead).await.expect("it is created");
        assert_eq!(made.name.as_ref(), Some(&name));
        idle(&mut rng).await;
        let read = copper.get_lead(made.id).await.expect("it is there");
        assert_eq!((read.id, read.name.as_ref()), (made.id, Some(&name)));
        told.push((name, Some(*made.id)));
    }
    told
}

/// Lets others go first, so many times.
async fn idle(rng: &mut SmallRng) {
    for _ in 0..rng.random_range(0..8) {
        yield_now().await;
    }
}

fn check(sandbox: &Sandbox, told: &[Told]) -> Tally {
    let held = held(sandbox);
    for (name, id) in told {
        assert_eq!(held.get(name), id.as_ref(), "{name}");
    }
    let arrivals = sandbox.arrivals();
    let refused = |arrival: &&Arrival| arrival.status.is_some_and(|status| status != 200);
    let refused: Vec<_> = arrivals.iter().filter(refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
    Tally {
        rounds: 1,
        starts: arrivals.len(),
        leads: told.len(),
        done: told.iter().filter(|(_, id)| id.is_some()).count(),
        ..Tally::default()
    }
}
