//! An import with a journal: however it ends, it can be started again. All starts together send each lead
//! once and have one last line.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_goes_on_and_sends_nothing_twice() {
    let folder = Folder::new("killed");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(40, &[3, 25]));
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    sandbox.inject(Fault::StallAfter, When::always().containing("\"Lead 11\""));
    let retry_after = Some("100".to_owned());
    sandbox.inject(
        Fault::TooManyRequests { retry_after },
        When::always().containing("\"Lead 31\""),
    );

    let mut running = Running::start(&sandbox, &args);
    let written = |file: &String| fs::read_to_string(file).unwrap_or_default();
    let lines = ["answered 0 10 ", "answered 20 10 ", "refused 30 10\n"];
    running
        .until("it was killed", || {
            let journal = written(&journal);
            let settled = lines.iter().all(|line| journal.contains(line));
            settled && written(&rejects).contains("name: invalid")
        })
        .await;
    running.kill();
    let ran = running.end().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (None, ""));
    let rows = records(&folder.read("rejects.csv"));
    assert_eq!(rows.len(), 2, "what was settled is written down: {rows:?}");
    assert_eq!(held(&sandbox).len(), 28);

    sandbox.clear_faults();
    let before = sent(&sandbox).len();
    for start in 2..=3 {
        let ran = load(&sandbox, &args).await;
        ran.ended(1, "40 leads: 28 done, 2 rejected, 0 not sent, 10 unknown\n");
        let settled = if start == 2 { 30 } else { 40 };
        ran.told(&format!(
            "Earlier starts had settled {settled} of the leads"
        ));
        assert_eq!(held(&sandbox).len(), 38);
        assert_eq!(sent(&sandbox).len(), before + 1, "nothing twice");
        let rows = records(&folder.read("rejects.csv"));
        let indexes: Vec<_> = rows.iter().map(|row| row[2].as_str()).collect();
        assert_eq!(indexes, ["index", "3", "25"]);
        let unknown = records(&folder.read("rejects.csv.unknown"));
        assert_eq!(unknown.len(), 11);
        assert_eq!(unknown[1][2..4], ["10", "unknown"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_done_stays_done_and_sends_nothing_more() {
    let folder = Folder::new("done");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(12, &[]));
    let journal = folder.path("journal");
    for _ in 0..2 {
        let ran = load(&sandbox, &[&input, "--journal", &journal]).await;
        ran.ended(0, "12 leads: 12 done, 0 rejected, 0 not sent, 0 unknown\n");
    }
    assert_eq!(sent(&sandbox).len(), 2);
    assert_eq!(held(&sandbox).len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_that_are_gone_from_the_input_are_missed() {
    let folder = Folder::new("gone");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(12, &[]));
    let journal = folder.path("journal");
    let args = [&input, "--journal", &journal];
    load(&sandbox, &args)
        .await
        .ended(0, "12 leads: 12 done, 0 rejected, 0 not sent, 0 unknown\n");
    folder.write("leads.csv", leads(10, &[]));
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "10 leads: 10 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.told("the input ended after 10 records, but the journal has 12");
    assert_eq!(sent(&sandbox).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_journal_that_can_not_be_used_nothing_is_sent() {
    let folder = Folder::new("unusable");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(12, &[3]));
    let journal = folder.path("journal");
    load(&sandbox, &[&input, "--journal", &journal])
        .await
        .ended(1, "12 leads: 11 done, 1 rejected, 0 not sent, 0 unknown\n");
    let good = folder.read("journal");
    let before = sent(&sandbox).len();

    let changed = folder.write("changed.csv", leads(12, &[5, 11]));
    let short = folder.write("short.csv", leads(7, &[3]));
    let notes = folder.write("notes.txt", "my notes\n");
    let newer = folder.write("newer", good.replacen("journal 2", "journal 3", 1));
    let damaged = folder.write("damaged", good.replace("answered 0", "answered 1"));
    let nowhere = folder.path("nowhere/journal");
    for (input, journal, told) in [
        (&input, &notes, "it is not a journal"),
        (&input, &newer, "it has format version 3"),
        (&input, &damaged, " is damaged; nothing is sent"),
        (&input, &nowhere, "it can't be read or written"),
        (
            &changed,
            &journal,
            "are not those that the journal was written for",
        ),
        (&short, &journal, "but the journal has 10"),
    ] {
        let before = fs::read(journal).ok();
        let rejects = folder.path("rejects.csv");
        let ran = load(
            &sandbox,
            &[input, "--journal", journal, "--rejects", &rejects],
        )
        .await;
        ran.ended(2, "");
        ran.told(&format!("{journal} can't be used as the journal: "));
        ran.told(told);
        ran.told("Nothing was sent.");
        assert_eq!(fs::read(journal).ok(), before, "it is left as it is");
        assert!(!folder.has("rejects.csv.unknown"));
    }
    assert_eq!(sent(&sandbox).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_input_that_was_changed_later_on_what_is_known_is_told() {
    let folder = Folder::new("changed");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(30, &[]));
    let journal = folder.path("journal");
    let rejects = folder.path("rejects.csv");
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    sandbox.inject(
        Fault::Refusal(401),
        When::always().containing("\"Lead 21\""),
    );
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "30 leads: 20 done, 0 rejected, 10 not sent, 0 unknown\n");
    sandbox.clear_faults();
    let not_sent = folder.read("rejects.csv");

    folder.write("leads.csv", leads(30, &[11]));
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "30 leads: 10 done, 0 rejected, 0 not sent, 20 unknown\n");
    ran.told("records 10 to 19 of the input are not those");
    ran.told("Once that is put right, run the same command again");
    assert_eq!(folder.read("rejects.csv"), not_sent, "it is still true");
    assert!(!folder.has("rejects.csv.unknown"), "the journal knows them");

    folder.write("leads.csv", leads(30, &[]));
    let ran = load(&sandbox, &args).await;
    ran.ended(0, "30 leads: 30 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox).len(), 30);
    assert_eq!(folder.read("rejects.csv").lines().count(), 1);
}

/// A disk that is full after the first lines.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_written_down_is_not_sent() {
    let folder = Folder::new("full_journal");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(100, &[]));
    let journal = folder.path("journal");
    let args = [input.as_str(), "--journal", &journal];
    let mut limited = importer::to(&sandbox, &args);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(limited.get_program())
        .args(limited.get_args());
    for (name, value) in limited.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
    let ran = ran.expect("it runs");

    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("100 leads: "), "{}", ran.stdout);
    ran.told("journal can't be used as the journal: it can't be read or written");
    ran.told("Once that is put right, run the same command again");
    assert!(held(&sandbox).len() < 100, "it goes on sending");

    limited.arg("--rejects").arg(folder.path("rejects.csv"));
    let ran = tokio::task::spawn_blocking(move || run(&mut limited)).await;
    let ran = ran.expect("it runs");
    assert!(ran.stdout.contains(" 0 not sent, "), "{}", ran.stdout);
    assert_eq!(held(&sandbox).len(), 100);
    let unknown = ran.stdout.trim_end().rsplit(", ").next();
    let rows = match folder.has("rejects.csv.unknown") {
        true => records(&folder.read("rejects.csv.unknown")).len() - 1,
        false => 0,
    };
    assert_eq!(unknown, Some(format!("{rows} unknown").as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_importer_with_the_same_files_leaves_them_alone() {
    let folder = Folder::new("together");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(20, &[3]));
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--journal", &journal, "--rejects", &rejects];
    sandbox.inject(Fault::StallAfter, When::always().containing("\"Lead 11\""));
    let mut running = Running::start(&sandbox, &args);
    let rows = || fs::read_to_string(&rejects).unwrap_or_default();
    running
        .until("its first row", || rows().contains("name: invalid"))
        .await;

    let before = rows();
    let ran = load(&sandbox, &args).await;

    ran.ended(2, "");
    ran.told("another run has it open");
    assert_eq!(rows(), before);
    running.kill();
    running.end().await;
}
