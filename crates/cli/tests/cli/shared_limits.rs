//! Several importers that share the limits of one key in a Redis: no request is refused, whatever happens to
//! one of them or to Redis. The sandbox has Copper's limits in full length. Each scenario prints a row of the
//! table of `scripts/shared-limits`.

use std::{
    env,
    time::{Duration, Instant},
};

use super::importer::to;
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

/// Says that the limits can't be shared at present.
const GONE: &str = "nothing is sent until it is back";
const BACK: &str = "Redis replies again, and the program continues.";
const EMPTY: &str = "Redis has lost its record of earlier requests";
/// Asks for this rate of the importers that nothing disturbs, and gives them three times the leads. A machine that
/// does other things has other rates.
const RATE: &str = "COPPER_CRM_LEADS_A_SECOND";

/// The seconds from the first request to the last.
fn seconds(sandbox: &Sandbox) -> f64 {
    let arrivals = sandbox.arrivals();
    let (first, last) = (arrivals.first(), arrivals.last());
    let took = first.zip(last).map(|(first, last)| last.at - first.at);
    took.unwrap_or_default().as_secs_f64()
}

#[track_caller]
fn nothing_was_refused(sandbox: &Sandbox, scenario: &str, result: &str) {
    let arrivals = sandbox.arrivals();
    let refused = arrivals
        .iter()
        .filter(|arrival| arrival.status == Some(429))
        .count();
    assert_eq!(refused, 0, "of {} requests", arrivals.len());
    println!(
        "| {scenario} | {} | {:.1} | {refused} | {result} |",
        held(sandbox).len(),
        seconds(sandbox)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_importers_together_use_the_whole_rate_and_nothing_is_refused() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("eight_importers"));
    let wanted: Option<f64> = env::var(RATE).ok().and_then(|text| text.parse().ok());
    let leads = if wanted.is_some() { 150 } else { 50 };
    let running = importers(&sandbox, &folder, leads, &vec![redis.url(); 8]);
    all_done(running, leads).await;
    assert_eq!(held(&sandbox).len(), 8 * leads);
    let rate = (8 * leads) as f64 / seconds(&sandbox);
    let result = format!("all done, {rate:.2} leads/s");
    nothing_was_refused(&sandbox, "8 importers, nothing happens", &result);
    if let Some(wanted) = wanted {
        assert!(rate >= wanted, "{rate:.2} leads a second");
    }
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
    nothing_was_refused(
        &sandbox,
        "one of 4 importers is killed",
        "the others have all done; its journal would tell what it sent",
    );
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
        importer.until_told(GONE).await;
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
        ran.told("The cause: no reply in 1s.");
        ran.told(BACK);
        ran.did_not_tell(EMPTY);
    }
    nothing_was_refused(
        &sandbox,
        "Redis hangs for 5 s, 3 importers",
        "nothing is sent meanwhile, and it is said; then all done",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_dead_nothing_is_sent_and_an_empty_one_is_met_with_care() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_dead"));
    let mut running = importers(&sandbox, &folder, 60, &vec![redis.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    redis.kill();
    for importer in &mut running {
        importer.until_told(GONE).await;
    }
    let before = arrived(&sandbox);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        arrived(&sandbox),
        before,
        "nothing is sent while Redis is dead"
    );
    redis.restart();
    for ran in all_done(running, 60).await {
        ran.told("Connection refused");
        ran.told(BACK);
        ran.told(EMPTY);
    }
    nothing_was_refused(
        &sandbox,
        "Redis is killed, and started 2 s later, 3 importers",
        "nothing is sent meanwhile; what is lost is said and waited out; then all done",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_empty_at_once_is_met_with_care() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_empty"));
    let mut running = importers(&sandbox, &folder, 60, &vec![redis.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    redis.kill();
    redis.restart();
    for importer in &mut running {
        importer.until_told(EMPTY).await;
    }
    all_done(running, 60).await;
    nothing_was_refused(
        &sandbox,
        "Redis is restarted empty, 3 importers",
        "what is lost is said and waited out; then all done",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_nothing_is_sent_until_there_is_one() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    redis.kill();
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_absent"));
    let mut running = importers(&sandbox, &folder, 20, &[redis.url()]);
    running[0].until_told(GONE).await;
    assert_eq!(arrived(&sandbox), 0);
    redis.restart();
    all_done(running, 20).await;
    nothing_was_refused(
        &sandbox,
        "no Redis at first, 1 importer",
        "nothing is sent, and it is said; once there is one, all done",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_replies_slowly_costs_speed_and_one_that_hardly_replies_is_gone() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("redis_slow"));
    let way = Way::to(redis.address()).await;
    let mut running = importers(&sandbox, &folder, 60, &vec![way.url(); 3]);
    until("some have arrived", || arrived(&sandbox) >= 6).await;
    way.takes(Duration::from_millis(150));
    until("more have arrived", || arrived(&sandbox) >= 12).await;
    for importer in &running {
        importer.did_not_tell(GONE);
    }
    way.takes(Duration::from_millis(1_500));
    for importer in &mut running {
        importer.until_told(GONE).await;
    }
    way.takes(Duration::ZERO);
    for ran in all_done(running, 60).await {
        ran.told(BACK);
    }
    nothing_was_refused(
        &sandbox,
        "Redis replies in 0.3 s, then in 3 s, 3 importers",
        "slower at first; then nothing is sent, and it is said; then all done",
    );
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
    running[0].until_told(GONE).await;
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
    ran.told(BACK);
    assert_eq!(held(&sandbox).len(), 270);
    nothing_was_refused(
        &sandbox,
        "one of 3 importers is cut off from Redis",
        "it sends nothing, and says so; the others have all done; once it is back, so has it",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_with_tls_is_trusted_by_its_certificate_or_not_used() {
    let folder = Folder::new("redis_tls");
    let Some((redis, certificate)) = Redis::start_with_tls(&folder) else {
        return;
    };
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(20, &[]));
    let url = redis.url();
    let args = [input.as_str(), "--share-limits", url.as_str()];
    let mut stranger = Running::start(&sandbox, &args);
    stranger.until_told(GONE).await;
    stranger.until_told("certificate").await;
    stranger.kill();
    assert_eq!(arrived(&sandbox), 0);
    let mut command = to(&sandbox, &args);
    command.env("SSL_CERT_FILE", certificate);
    let ran = tokio::task::spawn_blocking(move || run(&mut command));
    let ran = ran.await.expect("it runs");
    ran.ended(0, "20 leads: 20 done, 0 rejected, 0 not sent, 0 unknown\n");
    nothing_was_refused(&sandbox, "a Redis with TLS, 1 importer", "all done");
}

/// The script that the importers of the guide's compose file run.
fn script_of_the_guide() -> String {
    let page = include_str!("../../../../src/guide/shared_limits.md");
    let (_, script) = page.split_once("      - |\n").expect("a script");
    let (script, _) = script.split_once("```").expect("its end");
    script.replace("$$", "$")
}

#[tokio::test(flavor = "multi_thread")]
async fn importers_that_run_the_script_of_the_guide_load_each_file_once() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let (sandbox, folder) = (sandbox().await, Folder::new("compose"));
    for file in 0..4 {
        let rows = (0..30).map(|row| format!("Lead {file}/{row},\n"));
        let text = format!("name,email\n{}", rows.collect::<String>());
        folder.write(&format!("file {file}.csv"), text);
    }
    let program = Path::new(env!("CARGO_BIN_EXE_copper"));
    let mut path = program.parent().expect("its folder").as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let importers: Vec<_> = (0..3)
        .map(|_| {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(script_of_the_guide());
            shell.current_dir(folder.path("")).env("PATH", &path);
            shell.env("COPPER_SHARE_LIMITS", redis.url());
            shell.env("COPPER_ACCESS_TOKEN", sandbox.token());
            shell.env("COPPER_USER_EMAIL", sandbox.email());
            shell.env("COPPER_BASE_URL", sandbox.base_url());
            tokio::task::spawn_blocking(move || run(&mut shell))
        })
        .collect();
    for importer in importers {
        let ran = importer.await.expect("it runs");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert_eq!(held(&sandbox).len(), 120);
    for file in 0..4 {
        let done = folder.path(&format!("done/file {file}.csv"));
        assert!(Path::new(&done).exists(), "{done}");
    }
    nothing_was_refused(
        &sandbox,
        "3 importers of the guide's compose file, 4 files",
        "each file once, all done",
    );
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
