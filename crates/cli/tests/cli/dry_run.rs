//! `--dry-run` and `--check`: everything that can be known before anything is sent.

use super::*;

/// Five rows, two of which Copper will probably not accept.
const FAULTY: &str = "name,email\nJim,jim@example.com\n ,a@example.com\nPam,pam\nOscar,\nAngela,\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_plan_and_sends_and_writes_nothing() {
    let folder = Folder::new("dry_run");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(301, &[]));
    let files = ["rejects.csv", "journal", "report.json"].map(|name| folder.path(name));
    let [rejects, journal, report] = &files;
    let args = [&input, "--dry-run", "--rejects", rejects];
    let args = [&args[..], &["--journal", journal, "--report", report]].concat();

    let ran = load(&sandbox, &args).await;

    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for words in [
        &format!("301 leads of {input} would go to {}", sandbox.base_url()),
        "records   301\n",
        "chunks    31, of 10 records at most\n",
        "requests  31,",
        "duration  10 s at least",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    ran.told("Nothing was sent: it was a dry run.");
    assert!(sent(&sandbox).is_empty());
    assert!(!ran.stdout.contains("journal "), "{}", ran.stdout);
    for file in files {
        assert!(!Path::new(&file).exists(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_that_a_journal_will_make_it_less() {
    let folder = Folder::new("dry_run_journal");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(20, &[]));
    let journal = folder.path("journal");
    let args = [&input, "--journal", &journal];
    load(&sandbox, &args).await;
    let before = folder.read("journal");
    let ran = load(&sandbox, &[&args[..], &["--dry-run"]].concat()).await;
    let told = format!("journal   less what {journal} has as settled");
    assert!(ran.stdout.contains(&told), "{}", ran.stdout);
    assert_eq!(folder.read("journal"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_with_the_chunks_that_are_asked_for() {
    let folder = Folder::new("dry_run_chunks");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(9, &[]));
    let ran = load(&sandbox, &[&input, "--dry-run", "--chunk-size", "2"]).await;
    assert!(
        ran.stdout.contains("chunks    5, of 2 records"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("duration  1 s at least"),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_rows_that_would_be_rejected_and_ends_as_the_import_would() {
    let folder = Folder::new("dry_run_faulty");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", FAULTY);
    let told =
        "  1 invalid: name: it is blank (line 3)\n  1 invalid: email: it has no @ (line 4)\n";

    let ran = load(&sandbox, &[&input, "--dry-run"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("records   5\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("requests  1, one"), "{}", ran.stdout);
    ran.told(told);
    ran.told("They would be sent nevertheless");

    let ran = load(&sandbox, &[&input, "--dry-run", "--check"]).await;
    assert_eq!(ran.code, Some(1));
    ran.told(&told.replace("invalid", "rejected before they are sent"));
    for words in ["rejected  2 of them", "chunks    1,", "requests  2\n"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(sent(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_refuses_what_the_import_would_refuse() {
    let folder = Folder::new("dry_run_refused");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name\nJim\n");
    let notes = folder.write("notes.csv", "my notes");
    for (args, told) in [
        (
            &[input.as_str(), "--rejects", &notes][..],
            "is there already",
        ),
        (&[&input, "--report", &notes], "is no report of an import"),
        (&[&notes], "notes.csv can't be loaded"),
    ] {
        let ran = load(&sandbox, &[args, &["--dry-run"]].concat()).await;
        ran.ended(2, "");
        ran.told(told);
    }
    let ran = run(importer().args([&input, "--live", "--dry-run"]));
    ran.ended(2, "");
    ran.told("COPPER_ACCESS_TOKEN");
    assert_eq!(folder.read("notes.csv"), "my notes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_rejects_rows_at_fault_before_they_are_sent_and_loads_the_rest() {
    let folder = Folder::new("check");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", FAULTY);
    let (rejects, report) = (folder.path("rejects.csv"), folder.path("report.json"));
    let args = [&input, "--check", "--rejects", &rejects];

    let ran = load(&sandbox, &[&args[..], &["--report", &report]].concat()).await;

    ran.ended(1, "5 leads: 3 done, 2 rejected, 0 not sent, 0 unknown\n");
    ran.told("1 rejected: name: it is blank (line 3)");
    ran.told("1 rejected: email: it has no @ (line 4)");
    assert!(!ran.stderr.contains("pam"), "nobody's data: {}", ran.stderr);
    assert_eq!(held(&sandbox), ["Angela", "Jim", "Oscar"]);
    let sent = sent(&sandbox);
    assert_eq!(sent.len(), 2, "as the plan has it");
    let mut sent = sent.iter().map(|a| String::from_utf8_lossy(&a.body));
    assert!(!sent.any(|body| body.contains("pam")), "it is not sent");
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["rows"][2]["reason"], "email: it has no @");

    let corrected = folder
        .read("rejects.csv")
        .replace("\n ,", "\nDwight,")
        .replace(",pam,", ",pam@example.com,");
    let corrected = folder.write("corrected.csv", corrected);
    load(&sandbox, &[&corrected, "--check"])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_knows_every_kind_and_leaves_what_only_copper_can_know_to_it() {
    let folder = Folder::new("check_kinds");
    let sandbox = sandbox().await;
    for (entity, rows, last) in [
        (
            "people",
            "name,emails,tags\nJim,jim@example.com,\nPam,pam,\nJames,jim@example.com,\n",
            "3 people: 1 done, 2 rejected, 0 not sent, 0 unknown\n",
        ),
        (
            "companies",
            "name,tags\nDunder Mifflin,\n ,a\nVance,\"[\"\"\"\"]\"\n",
            "3 companies: 1 done, 2 rejected, 0 not sent, 0 unknown\n",
        ),
    ] {
        let input = folder.write(&format!("{entity}.csv"), rows);
        let args = [&input, "--entity", entity, "--check"];
        load(&sandbox, &args).await.ended(1, last);
        assert_eq!(sandbox.records(entity).len(), 1);
        let ran = load(&sandbox, &[&args[..], &["--dry-run"]].concat()).await;
        assert_eq!(ran.code, Some(1));
        ran.told("rejected before they are sent: ");
        if entity == "people" {
            ran.told("1 invalid: `emails` has an address that line 2 has, too (line 4)");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_check_copper_decides() {
    let folder = Folder::new("no_check");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", FAULTY);
    let ran = load(&sandbox, &[&input]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("5 leads: "), "{}", ran.stdout);
    assert!(!sent(&sandbox).is_empty());
}
