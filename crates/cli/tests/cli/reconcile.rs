//! `--reconcile`: leads in doubt are looked up.

use super::*;

const WAYS: [&str; 3] = ["email", "tag:fair", "cf_7"];
const AGAIN: [&str; 3] = ["--absent-after", "1", "--send-again"];

/// This many leads, each with its own address and key.
fn keyed(count: usize) -> String {
    let rows = (0..count).map(|n| format!("Lead {n},{n}@example.com,row {n}\n"));
    format!("name,email,cf_7\n{}", rows.collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_import_had_under_way_is_found_or_sent_again() {
    for way in WAYS {
        let folder = Folder::new(&format!("reconcile_{}", way.replace(':', "_")));
        let sandbox = sandbox().await;
        let input = folder.write("leads.csv", keyed(30));
        let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
        let args = [&input, "--journal", &journal, "--rejects", &rejects];
        let args = [&args[..], &["--reconcile", way], &AGAIN].concat();
        let when = |lead| When::always().containing(lead);
        sandbox.inject(Fault::StallAfter, when("\"Lead 11\""));
        sandbox.inject(Fault::StallBefore, when("\"Lead 21\""));

        let mut running = Running::start(&sandbox, &args);
        let arrived = || sent(&sandbox).len() == 3 && sandbox.leads().len() == 20;
        running.until("all were in flight", arrived).await;
        running.kill();
        assert_eq!(running.end().await.code, None);
        sandbox.clear_faults();

        let ran = load(&sandbox, &args).await;
        ran.ended(0, "30 leads: 30 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(held(&sandbox).len(), 30, "{way}");
        let arrived = sent(&sandbox).len();
        load(&sandbox, &args)
            .await
            .ended(0, "30 leads: 30 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(sent(&sandbox).len(), arrived, "{way}: it is known");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_unknown_is_told_with_the_time_until_when_it_was_looked_for() {
    let folder = Folder::new("reconcile_unknown");
    let sandbox = sandbox().await;
    sandbox.inject(Fault::ErrorAfter(502), When::nth(1).of("bulk_create_leads"));
    let rows = "name,email\nJim,jim@example.com\nTwin,twin@example.com\nTwin,twin@example.com\n";
    let input = folder.write("leads.csv", rows);
    let (rejects, report) = (folder.path("rejects.csv"), folder.path("report.json"));
    let args = [&input, "--rejects", &rejects, "--report", &report];

    let args = [&args[..], &["--reconcile", "email"], &AGAIN].concat();
    let ran = load(&sandbox, &args).await;

    ran.ended(1, "3 leads: 1 done, 0 rejected, 0 not sent, 2 unknown\n");
    ran.told("; looked for until 20");
    ran.told("several leads match it");
    let unknown = records(&folder.read("rejects.csv.unknown"));
    assert_eq!(unknown.len(), 3);
    assert!(unknown[1][4].contains("looked for until"), "{unknown:?}");
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["rows"][0]["outcome"], "done");
    assert_eq!(report["rows"][1]["reason"], report["reasons"][0]["reason"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_absent_is_not_sent_and_is_sent_by_the_next_start() {
    let folder = Folder::new("reconcile_absent");
    let sandbox = sandbox().await;
    sandbox.inject(
        Fault::ErrorBefore(502),
        When::nth(1).of("bulk_create_leads"),
    );
    let input = folder.write("leads.csv", keyed(5));
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    let args = [&args[..], &["--reconcile=tag:fair", "--absent-after=1s"]].concat();
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "5 leads: 0 done, 0 rejected, 5 not sent, 0 unknown\n");
    ran.told("did not find it");
    assert_eq!(records(&folder.read("rejects.csv")).len(), 6);
    let ran = load(&sandbox, &args).await;
    ran.ended(0, "5 leads: 5 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(records(&folder.read("rejects.csv")).len(), 1);
    assert_eq!(held(&sandbox).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_can_look_up_what_an_earlier_one_left_and_takes_it_out_of_the_files() {
    let folder = Folder::new("reconcile_later");
    let sandbox = sandbox().await;
    sandbox.inject(
        Fault::ErrorAfter(502),
        When::nth(1).containing("\"Lead 0\""),
    );
    let input = folder.write("leads.csv", keyed(12));
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    load(&sandbox, &args)
        .await
        .ended(1, "12 leads: 2 done, 0 rejected, 0 not sent, 10 unknown\n");
    assert!(folder.has("rejects.csv.unknown"));
    let ran = load(&sandbox, &[&args[..], &["--reconcile", "email"]].concat()).await;
    ran.ended(0, "12 leads: 12 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert!(!folder.has("rejects.csv.unknown"), "they would come twice");
    assert_eq!(held(&sandbox).len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_without_what_they_are_to_be_known_by_are_refused() {
    let folder = Folder::new("reconcile_refused");
    let sandbox = sandbox().await;
    let none = folder.write("none.csv", "name,email\nJim,\nPam, \n");
    let some = folder.write("some.csv", "name,email,cf_7\nJim,,1\nPam,p@example.com,\n");
    for (file, option, key, lines) in [
        (&none, "--reconcile", "email", "lines 2-3"),
        (&none, "--upsert", "email", "lines 2-3"),
        (&none, "--upsert", "cf_7", "lines 2-3"),
        (&some, "--reconcile", "cf_7", "line 3"),
    ] {
        for more in [&[][..], &["--dry-run"]] {
            let ran = load(&sandbox, &[&[file, option, key], more].concat()).await;
            ran.ended(2, "");
            ran.told(&format!(
                "nothing in `{key}`, by which {option} recognises leads, in {lines}."
            ));
            ran.told("Nothing was sent.");
        }
    }
    assert!(sent(&sandbox).is_empty());
    let ran = load(&sandbox, &[&some, "--reconcile", "email"]).await;
    ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
}
