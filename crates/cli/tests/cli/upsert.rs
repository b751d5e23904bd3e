//! `--upsert`: leads are updated, or created if they are not there.

use super::*;

const FIRST: &str = "name,email,title,cf_7\nJim,jim@example.com,Sales,1\nPam,pam@example.com,,2\n";

#[tokio::test(flavor = "multi_thread")]
async fn leads_can_be_upserted_again_and_again_and_are_there_once() {
    let folder = Folder::new("upsert");
    for key in ["email", "cf_7"] {
        let sandbox = sandbox().await;
        let input = folder.write("leads.csv", FIRST);
        for _ in 0..2 {
            let ran = load(&sandbox, &[&input, "--upsert", key]).await;
            ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        }
        let changed = folder.write("changed.csv", FIRST.replace("Sales", "Manager"));
        let ran = load(&sandbox, &[&changed, "--upsert", key]).await;
        ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(held(&sandbox), ["Jim", "Pam"], "{key}");
        let leads = sandbox.leads();
        let titles = leads.iter().filter(|lead| lead["title"] == "Manager");
        assert_eq!(titles.count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_that_several_match_or_that_have_no_key_are_rejected_with_the_reason() {
    let folder = Folder::new("upsert_rejected");
    let sandbox = sandbox().await;
    let twin = json!({ "name": "Twin", "email": { "email": "twin@example.com" } });
    let twins = [(); 2].map(|()| sandbox.put("leads", &twin).expect("a lead"));
    let input = folder.write(
        "leads.csv",
        format!("{FIRST}Twin,twin@example.com,,\nOscar,,,\n"),
    );
    let rejects = folder.path("rejects.csv");

    let dry = load(&sandbox, &[&input, "--upsert", "email", "--dry-run"]).await;
    assert_eq!(dry.code, Some(1));
    dry.told("`email` is blank, by which it is to be found (line 5)");
    for words in [
        "records   4\n",
        "rejected  1 of them",
        "requests  3, one for each record\n",
        "by the limits: 180 requests in 1 min\n",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    assert!(sent(&sandbox).is_empty());

    let args = [&input, "--upsert", "email", "--rejects", &rejects];
    let ran = load(&sandbox, &args).await;

    ran.ended(1, "4 leads: 2 done, 2 rejected, 0 not sent, 0 unknown\n");
    let [one, other] = twins;
    ran.told(&format!("Several leads match: {one}, {other} (line 4)"));
    ran.told("it is missing, and the lead is matched by it (line 5)");
    ran.told("load that file, as here, by --upsert email.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_of_an_upsert_is_loaded_again_without_a_question() {
    let folder = Folder::new("upsert_unknown");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", FIRST);
    let rejects = folder.path("rejects.csv");
    let when = When::always().containing("pam@example.com");
    sandbox.inject(Fault::ErrorAfter(502), when);
    let args = [&input, "--upsert", "email", "--rejects", &rejects];
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "2 leads: 1 done, 0 rejected, 0 not sent, 1 unknown\n");
    ran.told("load that file, as here, by --upsert email; an upsert makes nothing twice.");
    sandbox.clear_faults();
    let unknown = folder.path("rejects.csv.unknown");
    let ran = load(&sandbox, &[&unknown, "--upsert", "email"]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox), ["Jim", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_with_the_journal_upserts_again_what_is_in_doubt() {
    let folder = Folder::new("upsert_journal");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", FIRST);
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = [&input, "--upsert", "email", "--journal", &journal];
    let args = [&args[..], &["--rejects", &rejects]].concat();
    let pam = || When::always().containing("pam@example.com");
    sandbox.inject(Fault::StallAfter, pam());
    let mut running = Running::start(&sandbox, &args);
    let arrived = || sandbox.leads().len() == 2;
    running.until("both were there", arrived).await;
    running.kill();
    running.end().await;

    sandbox.clear_faults();
    sandbox.inject(Fault::ErrorAfter(502), pam());
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "2 leads: 1 done, 0 rejected, 0 not sent, 1 unknown\n");
    assert!(folder.has("rejects.csv.unknown"));

    sandbox.clear_faults();
    let ran = load(&sandbox, &args).await;
    ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert!(!folder.has("rejects.csv.unknown"));
    assert_eq!(held(&sandbox), ["Jim", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_the_columns_whose_lists_an_upsert_replaces() {
    let folder = Folder::new("upsert_whole");
    let sandbox = sandbox().await;
    let table = "name,email,Tel,tags,city,title\nJim,jim@example.com,1,a,Scranton,Sales\n";
    let input = folder.write("leads.csv", table);
    let args = [&input, "--upsert", "email", "--map", "Tel=phone"];
    let dry = load(&sandbox, &[&args[..], &["--dry-run"]].concat()).await;
    assert_eq!(dry.code, Some(0));
    for words in [
        "replaces  lists and address as a whole",
        "address by `city`\n",
        "phone numbers by `Tel`\n",
        "tags by `tags`\n",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    let input = folder.write("none.csv", "name,email\nJim,jim@example.com\n");
    let dry = load(&sandbox, &[&input, "--upsert", "email", "--dry-run"]).await;
    assert!(dry.stdout.contains("no list or address"), "{}", dry.stdout);
    let dry = load(&sandbox, &[&input, "--dry-run"]).await;
    assert!(!dry.stdout.contains("replaces"), "{}", dry.stdout);
    let help = run(importer().arg("--help")).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(
        "replaces lists (phone numbers, tags, websites, socials) and the address as a whole"
    ));
}
