//! An import whose journal is in PostgreSQL: it is killed, and goes on where there is no file of it. The password is
//! told nowhere. Old journals are listed, shown and deleted.

use super::postgres::{
    query,
    server::{self, Server},
};
use super::*;

const SECRET: &str = "a-secret-of-the-database";

/// A server, and the URL of a journal there, with a password.
fn journal() -> Option<(Server, String)> {
    if !server::is_installed() {
        return None;
    }
    let server = Server::start();
    for sql in [
        format!("CREATE ROLE jim LOGIN PASSWORD '{SECRET}'"),
        "GRANT ALL ON copper_journal TO jim".to_owned(),
    ] {
        query::rows(&server.url(), &sql, &[]);
    }
    let url = server.url().replace("postgres@", &format!("jim:{SECRET}@"));
    Some((server, format!("{url}?name=leads")))
}

/// Runs `copper journal`.
fn copper_journal(args: &[&str]) -> ran::Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command.env_remove("COPPER_JOURNAL");
    run(command.arg("journal").args(args))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_goes_on_from_the_database_and_tells_no_password() {
    let Some((server, url)) = journal() else {
        return;
    };
    let folder = Folder::new("journal_postgres");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(40, &[3]));
    sandbox.inject(Fault::StallAfter, When::always().containing("\"Lead 11\""));
    let retry_after = Some("100".to_owned());
    sandbox.inject(
        Fault::TooManyRequests { retry_after },
        When::always().containing("\"Lead 31\""),
    );
    let mut running = Running::start(&sandbox, &[&input, "--journal", &url]);
    let lines = || {
        let text = "SELECT text FROM copper_journal WHERE journal = 'leads' ORDER BY line";
        let lines = query::rows(&server.url(), text, &[]);
        lines
            .iter()
            .map(|row| row.get::<_, String>(0))
            .collect::<Vec<_>>()
    };
    let has = |lines: &[String], begin: &str| lines.iter().any(|line| line.starts_with(begin));
    running
        .until("it was killed", || {
            let lines = lines();
            ["answered 0 10 ", "answered 20 10 ", "refused 30 10"]
                .iter()
                .all(|begin| has(&lines, begin))
        })
        .await;
    running.kill();
    let killed = running.end().await;
    killed.did_not_tell(SECRET);
    sandbox.clear_faults();

    for start in 2..=3 {
        let mut command = importer::to(&sandbox, &[&input]);
        command.env("COPPER_JOURNAL", &url);
        let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
        let ran = ran.expect("it runs");
        ran.ended(1, "40 leads: 29 done, 1 rejected, 0 not sent, 10 unknown\n");
        let settled = if start == 2 { 30 } else { 40 };
        ran.told(&format!(
            "Earlier starts had settled {settled} of the leads, as postgres://jim@127.0.0.1"
        ));
        ran.did_not_tell(SECRET);
    }
    assert_eq!(held(&sandbox).len(), 39);
    assert_eq!(
        sent(&sandbox).len(),
        5,
        "nothing twice but what was refused"
    );

    // A command that is to be run again is told without the password, too.
    let less = folder.write("less.csv", leads(20, &[3]));
    let ran = load(&sandbox, &[&less, "--journal", &url]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    ran.told("the input ended after 20 records");
    ran.told("run the same command again");
    ran.told("postgres://jim@127.0.0.1");
    ran.did_not_tell(SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_journals_are_listed_shown_and_deleted() {
    let Some((_server, url)) = journal() else {
        return;
    };
    let folder = Folder::new("journals");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(12, &[]));
    load(&sandbox, &[&input, "--journal", &url])
        .await
        .ended(0, "12 leads: 12 done, 0 rejected, 0 not sent, 0 unknown\n");
    let list = copper_journal(&["list", "--journal", &url]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert!(
        list.stdout.starts_with("leads\t7 lines\twritten "),
        "{}",
        list.stdout
    );
    let shown = copper_journal(&["show", "--journal", &url]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(
        shown
            .stdout
            .starts_with("copper-crm journal 2 bulk_create_leads ")
    );
    assert_eq!(shown.stdout.lines().count(), 7);
    copper_journal(&["accept", "--journal", &url]).ended(0, "");
    copper_journal(&["delete", "--journal", &url]).ended(0, "");
    for action in ["show", "delete", "accept"] {
        let gone = copper_journal(&[action, "--journal", &url]);
        gone.ended(1, "");
        gone.told("There is no journal postgres://jim@127.0.0.1");
        gone.did_not_tell(SECRET);
    }
    copper_journal(&["list", "--journal", &url]).ended(0, "");
}

#[test]
fn a_journal_in_a_database_that_can_not_be_used_is_refused_without_its_password() {
    let folder = Folder::new("journal_refused");
    let input = folder.write("leads.csv", leads(1, &[]));
    let url = format!("postgres://jim:{SECRET}@127.0.0.1:1/crm");
    let named = format!("{url}?name=leads");
    for (args, words) in [
        (vec!["--journal", &named], "--journal needs --live"),
        (
            vec!["--live", "--journal", &url],
            "--journal can't be used: not a URL of a journal",
        ),
        (
            vec!["--live", "--journal", &named],
            "postgres://jim@127.0.0.1:1/crm?name=leads: the server can't be used",
        ),
    ] {
        let mut command = importer();
        command
            .arg(&input)
            .args(args)
            .env("COPPER_ACCESS_TOKEN", "a-token")
            .env("COPPER_USER_EMAIL", "jim@example.com");
        let ran = run(&mut command);
        ran.ended(2, "");
        ran.told(words);
        ran.told("Nothing was sent.");
        ran.did_not_tell(SECRET);
    }
    let ran = copper_journal(&["list"]);
    ran.ended(2, "");
    ran.told("COPPER_JOURNAL");
}
