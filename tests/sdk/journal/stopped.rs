//! Runs that are dropped or stopped at any moment, and started again in the same process.

use std::{
    task::{Context, Poll, Waker},
    thread,
};

use copper_crm::bulk::StoppedBy;
use copper_crm_sandbox::{Delay, Network, Sandbox};
use futures_util::StreamExt;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::runtime::Runtime;

use super::{Desk, Ended, Import, Item, leads};

#[tokio::test]
async fn a_run_that_is_stopped_goes_on_where_it_was() {
    let desk = Desk::new().await;
    let mut stops = 0;
    for start in 1.. {
        let mut run = desk.run(leads(100));
        let mut items = Vec::new();
        while let Some(item) = run.next().await {
            items.push(item);
            if items.len() == start * 20 {
                run.stop();
            }
        }
        desk.check(&items);
        assert_eq!(items.len(), 100);
        let (stopped_by, letters) = (
            run.stopped_by(),
            Ended {
                items,
                stopped_by: None,
            }
            .letters(),
        );
        assert!(
            !letters.contains(['u', 'U']),
            "a stop leaves no doubt: {letters}"
        );
        if !letters.contains('N') {
            break;
        }
        assert!(matches!(stopped_by, Some(StoppedBy::Caller)));
        stops += 1;
    }
    assert!(stops > 0);
    assert_eq!(desk.sizes().iter().sum::<usize>(), 100);
}

#[tokio::test]
async fn what_is_left_of_the_input_at_a_stop_is_not_written_down() {
    let desk = Desk::new().await;
    let mut run = desk.run(leads(1_000));
    let first = run.next().await.expect("an outcome");
    run.stop();
    let ended = Ended::of(&mut run, vec![first]).await;
    desk.check(&ended.items);
    assert_eq!(ended.items.len(), 1_000);
    // What was taken from it before the stop: 16 requests of five leads, and the one that comes next.
    let written = desk.written();
    let taken = written.lines().filter(|line| line.starts_with("records "));
    assert!((1..=17).contains(&taken.count()), "{written}");
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_starts_says_what_is_known() {
    let desk = Desk::new().await;
    desk.start(leads(13)).await;
    let mut run = desk.run(leads(20));
    run.stop();
    let ended = Ended::of(&mut run, Vec::new()).await;
    assert_eq!(ended.letters(), "dddrddddddrddNNNNNNN");
    assert_eq!(desk.sizes(), [3, 5, 5]);
}

#[tokio::test]
async fn a_run_that_is_dropped_anywhere_and_started_again_creates_nothing_twice() {
    let mut rng = SmallRng::seed_from_u64(super::seed::seed());
    for _ in 0..20 {
        let mut desk = Desk::new().await;
        let network = Network {
            one_way: Delay::of(0, 1),
            work: Delay::of(0, 3),
        };
        let sandbox = Sandbox::builder()
            .scale(0.01)
            .network(network)
            .seed(rng.random());
        desk.sandbox = sandbox.start().await.expect("a sandbox");
        desk.copper = desk.sandbox.copper().build().expect("a client");
        let mut told = vec![None; 60];
        loop {
            let mut run = desk.run(leads(60));
            let drop_after = rng.random_range(0..=80);
            let mut items = Vec::new();
            while items.len() < drop_after {
                let Some(item) = run.next().await else { break };
                items.push(item);
            }
            for (item, told) in items.iter().zip(&mut told) {
                let word = super::child::word(&item.outcome);
                assert_eq!(told.get_or_insert(word.clone()), &word, "#{}", item.index);
            }
            desk.check(&items);
            if items.len() == 60 {
                break;
            }
        }
    }
}

#[test]
fn a_run_that_is_carried_out_of_its_runtime_tells_no_lie() {
    let runtime = Runtime::new().expect("a runtime");
    let desk = runtime.block_on(async {
        let desk = Desk::new().await;
        desk.start(leads(100)).await;
        desk
    });
    let mut run = desk.run(leads(100));
    let mut items: Vec<_> = runtime.block_on(run.next()).into_iter().collect();
    // Sixteen requests at most are looked at by then.
    outside(&mut run, &mut items);
    desk.check(&items);
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(why)) if why.is_config()));

    let (mut run, mut items) = (desk.run(leads(100)), Vec::new());
    outside(&mut run, &mut items);
    let stopped_by = run.stopped_by();
    let ended = Ended { items, stopped_by };
    assert_eq!(
        ended.letters(),
        "U".repeat(100),
        "the journal can't be asked"
    );
    let fault = ended.fault();
    assert!(
        fault.contains("a run must be polled within a tokio runtime"),
        "{fault}"
    );
}

#[test]
fn a_run_whose_runtime_has_ended_tells_no_lie() {
    let runtime = Runtime::new().expect("a runtime");
    let desk = runtime.block_on(async {
        let desk = Desk::new().await;
        desk.start(leads(100)).await;
        desk
    });
    let mut halfway = desk.run(leads(110));
    let first = runtime.block_on(halfway.next());
    let ended = runtime.handle().clone();
    runtime.shutdown_background();
    let _within = ended.enter();
    let mut items: Vec<_> = first.into_iter().collect();
    outside(&mut halfway, &mut items);
    desk.check(&items);
    assert_eq!(items.len(), 110);

    drop(halfway);
    let (mut run, mut items) = (desk.run(leads(110)), Vec::new());
    outside(&mut run, &mut items);
    desk.check(&items);
    assert_eq!(items.len(), 110);
}

/// Polls a run to its end, in no runtime.
fn outside(run: &mut Import<'_>, items: &mut Vec<Item>) {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match run.poll_next_unpin(&mut context) {
            Poll::Ready(Some(item)) => items.push(item),
            Poll::Ready(None) => return,
            Poll::Pending => thread::yield_now(),
        }
    }
}
