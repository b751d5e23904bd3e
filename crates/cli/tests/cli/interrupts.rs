//! Ctrl-C: once to end without any doubt, twice to end at once.
#![cfg(unix)]

use super::*;

/// An importer that has sent ten of 30 leads. Their answer is slow, and the other leads wait.
async fn waiting(sandbox: &Sandbox, args: &[&str]) -> Running {
    let slowly = Fault::Drip {
        pieces: 20,
        pause: std::time::Duration::from_millis(20),
    };
    sandbox.inject(slowly, When::always().containing("\"Lead 1\""));
    let retry_after = Some("100".to_owned());
    sandbox.inject(Fault::TooManyRequests { retry_after }, When::always());
    let mut running = Running::start(sandbox, args);
    running
        .until("it had to wait", || {
            let arrivals = sent(sandbox);
            arrivals.iter().any(|arrival| arrival.status == Some(429))
        })
        .await;
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_lets_what_is_under_way_settle_and_says_how_to_go_on() {
    let folder = Folder::new("interrupted");
    let sandbox = sandbox().await;
    let input = folder.write("my leads.csv", leads(30, &[]));
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    let running = waiting(&sandbox, &args).await;

    running.signal("INT");
    let ran = running.end().await;

    ran.ended(1, "30 leads: 10 done, 0 rejected, 20 not sent, 0 unknown\n");
    ran.told("Stopping: nothing more is sent");
    ran.told("To go on, run the same command again");
    ran.told(&format!("--live '{input}' --journal {journal}\n").replace('\n', " "));
    assert_eq!(held(&sandbox).len(), 10);
    assert_eq!(records(&folder.read("rejects.csv")).len(), 21);

    sandbox.clear_faults();
    let command = ran.stderr.lines().last().expect("the command");
    let mut again = Command::new("sh");
    again
        .args(["-c", command])
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    let ran = tokio::task::spawn_blocking(move || run(&mut again)).await;
    let ran = ran.expect("it runs");
    ran.ended(0, "30 leads: 30 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox).len(), 30);
    assert_eq!(records(&folder.read("rejects.csv")).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_what_was_not_sent_is_in_the_rejects() {
    let folder = Folder::new("terminated");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(30, &[]));
    let rejects = folder.path("rejects.csv");
    let running = waiting(&sandbox, &[&input, "--rejects", &rejects]).await;

    running.signal("TERM");
    let ran = running.end().await;

    ran.ended(1, "30 leads: 10 done, 0 rejected, 20 not sent, 0 unknown\n");
    ran.told("rejects.csv: correct them there, and load that file");
    sandbox.clear_faults();
    load(&sandbox, &[&rejects])
        .await
        .ended(0, "20 leads: 20 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox).len(), 30);
}

/// An importer that was interrupted twice before its requests had an answer.
async fn cut_off(sandbox: &Sandbox, args: &[&str]) -> ran::Ran {
    sandbox.inject(Fault::StallAfter, When::always());
    let mut running = Running::start(sandbox, args);
    running
        .until("it was interrupted", || !sandbox.leads().is_empty())
        .await;
    running.signal("INT");
    running.until_told("Ctrl-C again ends it at once").await;
    running.signal("INT");
    let ran = running.end().await;
    sandbox.clear_faults();
    ran.ended(1, "");
    ran.told("Ended at once");
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_it_at_once_and_loses_nothing_with_a_journal() {
    let folder = Folder::new("cut_off");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(60, &[]));
    let journal = folder.path("journal");
    let args = [&input, "--journal", &journal];

    let ran = cut_off(&sandbox, &args).await;

    ran.told("to go on, run the same command again");
    ran.told(&format!("--journal {journal}"));
    let second = load(&sandbox, &args).await;
    let third = load(&sandbox, &args).await;
    third.ended(1, &second.stdout);
    assert!(second.stdout.contains(" 0 not sent, "), "{}", second.stdout);
    let done = second.stdout.split(' ').nth(2).unwrap_or_default();
    let done: usize = done.parse().expect("a number");
    // What was written down and never left is unknown as well.
    let held = held(&sandbox).len();
    assert!(done < held && held <= 60, "{}", second.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_says_what_is_in_doubt_without_a_journal() {
    let folder = Folder::new("cut_off_without");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(60, &[]));
    let ran = cut_off(&sandbox, &[&input]).await;
    ran.told("from line 2 on have no outcome");
    ran.told("Look them up before you load them again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_of_a_second_ctrl_c_and_of_no_outcome_that_nobody_knows() {
    let folder = Folder::new("cut_off_report");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(60, &[]));
    let path = folder.path("report.json");
    cut_off(&sandbox, &[&input, "--report", &path]).await;
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["ended"], "at_once");
    assert_eq!(report["stopped_by"]["by"], "signal");
    assert_eq!(report["counts"]["records"], 60);
    assert_eq!(report["rows"], json!([]));
}
