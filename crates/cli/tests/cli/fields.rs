//! `copper fields` as its users meet it: the names of an account, for people or for a program.

use copper_crm::directory::Directory;

use super::{importer::run, *};

/// Runs the command against a sandbox of the test's.
async fn fields(sandbox: &Sandbox, args: &[&str]) -> ran::Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command
        .arg("fields")
        .args(args)
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_the_account_are_printed_with_types_and_ids() {
    let sandbox = sandbox().await;
    let ran = fields(&sandbox, &[]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let table: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    for row in [
        &["name", "id", "type", "records"][..],
        &[
            "Size",
            "126240",
            "Dropdown",
            "lead, person, opportunity, company, project, task",
        ],
        &["Very Large", "167779", "option"],
        &["statuses of leads"],
        &["Contacted", "208235"],
        &["Cold Call", "331241"],
        &["Ann Example", "159259", "ann@example.com"],
        &["Current Customer", "451491"],
        &["Sales", "213214"],
        &["Proposal", "987791", "stage"],
        &["Price", "308806"],
        &["Note", "0", "user"],
    ] {
        assert!(
            table.iter().any(|found| found == row),
            "{row:?}: {}",
            ran.stdout
        );
    }
    let ids = ran.stdout.lines().filter_map(|line| line.find("126240"));
    let other = ran.stdout.lines().filter_map(|line| line.find("208235"));
    assert!(ids.eq(other), "ids stand below each other: {}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_the_names_as_the_directory_that_they_are() {
    let sandbox = sandbox().await;
    let ran = fields(&sandbox, &["--json"]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let read: Directory = serde_json::from_str(&ran.stdout).expect("JSON");
    let copper = sandbox.copper().build().expect("a client");
    assert_eq!(read, copper.directory().await.expect("the names"));
    assert_eq!(read.option("Size", "large").ok(), Some(167_778));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_records_has_only_the_names_that_it_uses() {
    let field = json!({ "id": 9, "name": "Ours alone", "data_type": "String", "available_on": ["company"] });
    let builder = Sandbox::builder().scale(0.01).custom_field(field);
    let sandbox = builder.start().await.expect("a sandbox");
    let ran = fields(&sandbox, &["--entity", "people"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (words, is_there) in [
        ("contact types", true),
        ("users", true),
        ("Size", true),
        ("Ours alone", false),
        ("statuses", false),
        ("pipelines", false),
    ] {
        assert_eq!(
            ran.stdout.contains(words),
            is_there,
            "{words}: {}",
            ran.stdout
        );
    }
    let paths: Vec<String> = sandbox.arrivals().into_iter().map(|a| a.path).collect();
    assert_eq!(paths.len(), 3, "nothing else was asked for: {paths:?}");
    let ran = fields(&sandbox, &["--entity=companies"]).await;
    assert!(ran.stdout.contains("Ours alone"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_from_outside_do_not_act_on_the_terminal() {
    let builder = Sandbox::builder().scale(0.01);
    let builder = builder.lead_status(9, "New\u{1b}[2J\u{9b}31m\nForged\u{202e}");
    let sandbox = builder.start().await.expect("a sandbox");
    for args in [&[][..], &["--json"]] {
        let ran = fields(&sandbox, args).await;
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.stdout.contains(acts), "{:?}", ran.stdout);
        assert!(!ran.stdout.lines().any(|line| line.starts_with("Forged")));
        assert!(ran.stdout.contains("Forged"), "{}", ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_told_and_ends_with_2() {
    let sandbox = Sandbox::builder().scale(0.01).disable_leads().start().await;
    let sandbox = sandbox.expect("a sandbox");
    let ran = fields(&sandbox, &[]).await;
    ran.ended(2, "");
    ran.told("The account's names can't be read");
    ran.told("--entity KIND reads only what one kind of records has");
    let ran = fields(&sandbox, &["--entity", "people"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn http_to_another_machine_needs_leave_and_leave_is_not_for_https() {
    let with = |url: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
        command
            .args(args)
            .env("COPPER_ACCESS_TOKEN", "t")
            .env("COPPER_USER_EMAIL", "a@example.com")
            .env("COPPER_BASE_URL", url);
        run(&mut command)
    };
    let ran = with("http://copper.example/v1", &["fields"]);
    ran.ended(2, "");
    ran.told("--allow-http allows http");
    for args in [
        &["fields", "--allow-http"][..],
        &["export", "-", "--allow-http"],
        &["import", "none.csv", "--live", "--allow-http"],
        &["sync", "none.csv", "--key=email", "--live", "--allow-http"],
    ] {
        let ran = with("https://copper.example/v1", args);
        ran.ended(2, "");
        ran.told("--allow-http is for a COPPER_BASE_URL that begins with http://");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_leave_http_goes_to_any_machine() {
    let builder = Sandbox::builder().scale(0.01).host_name("copper.example");
    let sandbox = builder.start().await.expect("a sandbox");
    let (_, rest) = sandbox.base_url().split_once("://").expect("a URL");
    let (address, path) = rest.split_once('/').expect("a path");
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command
        .args(["fields", "--allow-http"])
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", format!("http://copper.example/{path}"))
        // The sandbox serves as the proxy that knows the way.
        .env("http_proxy", format!("http://{address}"))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
    let ran = ran.expect("the program runs");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("Contacted"), "{}", ran.stdout);
}
