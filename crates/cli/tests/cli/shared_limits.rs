//! Several importers that share the limits of one key in a Redis: no request is refused, whatever happens to
//! one of them or to Redis. The sandbox has Copper's limits in full length.

use std::time::{Duration, Instant};

use super::ran::Ran;
use super::redis::{Redis, Way};
use super::*;

async fn sandbox() -> Sandbox {
    Sandbox::start().await.expect("a sandbox")
}

/// Importers with this many leads each, whose limits are shared at these URLs.
fn importers(sandbox: &Sandbox, folder: &Folder, leads: usize, urls: &[String]) -> Vec<Running> {
    let numbered = urls.iter().enumerate();
    let start = |(number, url): (usize, &String)| {
        let name = format!("{number}.csv");
        let rows = (0..leads).map(|row| format!("Lead {number}/{row},\n"));
        let input = folder.write(&name, format!("name,email\n{}", rows.collect::<String>()));
        Running::start(sandbox, &[&input, "--share-limits", url])
    };
    numbered.map(start).collect()
}

/// Waits until all have ended. All leads must be done.
async fn all_done(running: Vec<Running>, leads: usize) -> Vec<Ran> {
    let mut all = Vec::new();
    for running in running {
        let ran = running.end().await;
        ran.ended(
            0,
            &format!("{leads} leads: {leads} done, 0 rejected, 0 not sent, 0 unknown\n"),
        );
        all.push(ran);
    }
    all
}

fn arrived(sandbox: &Sandbox) -> usize {
    sandbox.arrivals().len()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[track_caller]
fn nothing_was_refused(sandbox: &Sandbox) {
    let arrivals = sandbox.arrivals();
    let refused = arrivals
        .iter()
        .filter(|arrival| arrival.status == Some(429))
        .count();
    assert_eq!(refused, 0, "of {} requests", arrivals.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_importers_together_use_the_whole_rate_and_nothing_is_refused() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("eight_importers"));
    let running = importers(&sandbox, &folder, 150, &vec![redis.url(); 8]);
    all_done(running, 150).await;
    assert_eq!(held(&sandbox).len(), 1_200);
    nothing_was_refused(&sandbox);
    let times: Vec<_> = sandbox
        .arrivals()
        .iter()
        .map(|arrival| arrival.at)
        .collect();
    let took = times[times.len() - 1] - times[0];
    println!("{:.2} leads a second", 1_200.0 / took.as_secs_f64());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_importer_that_is_killed_holds_up_the_others_for_a_moment_only() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("one_is_killed"));
    let mut running = importers(&sandbox, &folder, 60, &vec![redis.url(); 4]);
    until("half of it has arrived", || arrived(&sandbox) >= 12).await;
    let mut killed = running.remove(0);
    killed.kill();
    all_done(running, 60).await;
    assert!(held(&sandbox).len() >= 180);
    nothing_was_refused(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_hangs_nothing_is_sent_and_afterwards_it_goes_on() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_hangs"));
    let mut running = importers(&sandbox, &folder, 60, &vec![redis.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    redis.suspend();
    for importer in &mut running {
        importer
            .until_told("nothing is sent until it is back")
            .await;
    }
    let before = arrived(&sandbox);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(
        arrived(&sandbox),
        before,
        "nothing is sent while Redis hangs"
    );
    redis.resume();
    for ran in all_done(running, 60).await {
        ran.told("Redis replies again, and the program continues.");
    }
    nothing_was_refused(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_empty_is_met_with_care() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_empty"));
    let mut running = importers(&sandbox, &folder, 60, &vec![redis.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    redis.kill();
    redis.restart();
    for importer in &mut running {
        importer
            .until_told("Redis has lost its record of earlier requests")
            .await;
    }
    all_done(running, 60).await;
    nothing_was_refused(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_nothing_is_sent_until_there_is_one() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    redis.kill();
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_absent"));
    let mut running = importers(&sandbox, &folder, 20, &[redis.url()]);
    running[0]
        .until_told("nothing is sent until it is back")
        .await;
    assert_eq!(arrived(&sandbox), 0);
    redis.restart();
    all_done(running, 20).await;
    nothing_was_refused(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_replies_slowly_costs_speed_and_nothing_else() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_slow"));
    let way = Way::to(redis.address()).await;
    let running = importers(&sandbox, &folder, 60, &vec![way.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    way.takes(Duration::from_millis(150));
    for ran in all_done(running, 60).await {
        ran.did_not_tell("Redis can't be reached");
    }
    nothing_was_refused(&sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_importer_that_is_cut_off_from_redis_waits_and_the_others_go_on() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("cut_off"));
    let way = Way::to(redis.address()).await;
    let urls = [way.url(), redis.url(), redis.url()];
    let mut running = importers(&sandbox, &folder, 90, &urls);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    way.cut();
    running[0]
        .until_told("nothing is sent until it is back")
        .await;
    let cut_off = running.remove(0);
    all_done(running, 90).await;
    let before = arrived(&sandbox);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        arrived(&sandbox),
        before,
        "the one that is cut off sends nothing"
    );
    way.takes(Duration::ZERO);
    let ran = all_done(vec![cut_off], 90).await.remove(0);
    ran.told("Redis replies again, and the program continues.");
    assert_eq!(held(&sandbox).len(), 270);
    nothing_was_refused(&sandbox);
}

#[test]
fn a_url_that_is_not_of_a_redis_is_refused_before_anything_is_sent() {
    let folder = Folder::new("no_redis_url");
    let input = folder.write("leads.csv", leads(1, &[]));
    let mut command = importer();
    command.args([&input, "--live", "--share-limits", "http://localhost"]);
    command
        .env("COPPER_ACCESS_TOKEN", "the key")
        .env("COPPER_USER_EMAIL", "me@example.com");
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    ran.told("--share-limits can't be used: not a URL of a Redis");
}
