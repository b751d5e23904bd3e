//! The guide's programs as their users run them: separate processes, with the sandbox as their Copper.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use copper_crm_sandbox::{Fault, Sandbox, When};
use rusqlite::Connection;
use serde_json::{Value, json};
use support::{emails, holds, program, said};
use tempfile::tempdir;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn a_nightly_sync_changes_only_what_differs() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("customers.db");
    let database = Connection::open(&file).expect("a database");
    let table = "create table customer (id integer primary key, name text, email text, title text)";
    database.execute(table, []).expect("a table");
    for name in ["Jim", "Pam"] {
        let insert = "insert into customer (name, email, title) values (?1, ?2, 'Clerk')";
        let row = (name, format!("{name}@example.com"));
        database.execute(insert, row).expect("a customer");
    }
    let night = || {
        let output = program(env!("CARGO_BIN_EXE_nightly_sync"), &sandbox)
            .arg(&file)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    assert!(night().contains("2 leads: 2 created"));
    let change = "update customer set title = 'Manager', name = 'Pamela' where name = 'Pam'";
    database.execute(change, []).expect("a change");
    assert!(night().contains("2 leads: 0 created, 1 updated, 1 unchanged"));
    let pam = &sandbox.leads()[1];
    assert_eq!((&pam["name"], &pam["title"]), (&json!("Pam"), &json!("Manager")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nightly_job_that_is_killed_goes_on_and_creates_each_lead_once() {
    const CUSTOMERS: usize = 150;
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("customers.db");
    let database = Connection::open(&file).expect("a database");
    let table =
        "create table customer (id integer primary key, name text, email text, lead_id integer)";
    database.execute(table, []).expect("a table");
    for n in 0..CUSTOMERS {
        let insert = "insert into customer (name, email) values (?1, ?2)";
        let row = (format!("Customer {n}"), format!("{n}@example.com"));
        database.execute(insert, row).expect("a customer");
    }
    let start = || -> Child {
        program(env!("CARGO_BIN_EXE_nightly"), &sandbox)
            .args([&file, folder.path()])
            .env("SEARCH_LAG_SECONDS", "1")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    for leads in [30, 90] {
        let mut killed = start();
        holds(&sandbox, leads).await;
        killed.kill().expect("it is killed");
        killed.wait().expect("it is gone");
        // Whoever comes after the batch was frozen is for the next night.
        let late = (format!("Late {leads}"), format!("late-{leads}@example.com"));
        let insert = "insert into customer (name, email) values (?1, ?2)";
        database.execute(insert, late).expect("a customer");
    }
    let output = start().wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(emails(&sandbox).len(), CUSTOMERS);
    let next = start().wait_with_output().expect("it ends");
    assert!(said(&next).contains("2 leads: 2 done"), "{}", said(&next));
    assert_eq!(emails(&sandbox).len(), CUSTOMERS + 2);
    let mut select = database
        .prepare("select email, lead_id from customer order by id")
        .expect("a query");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows: Result<Vec<(String, i64)>, _> = rows.expect("rows").collect();
    let leads = sandbox.leads();
    for (email, id) in rows.expect("each has its lead") {
        let lead = leads.iter().find(|lead| lead["id"] == id);
        assert_eq!(lead.expect("it is there")["email"]["email"], *email);
    }
    let journals = fs::read_dir(folder.path()).expect("the folder");
    let journals = journals.filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with(".journal")
    });
    assert_eq!(journals.count(), 0, "a journal is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_service_answers_each_client_truly_through_an_outage_and_to_its_end() {
    const CLIENTS: usize = 120;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let mut service = program(env!("CARGO_BIN_EXE_web_service"), &sandbox)
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(service.stdout.take().expect("its output")).lines();
    let line = output.next().expect("a line").expect("text");
    let address = line.strip_prefix("listening on ").expect("its address");
    let url = format!("http://{address}/leads");

    let http = reqwest::Client::new();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let form = json!({ "name": format!("Lead {n}"), "email": format!("{n}@example.com") });
            let request = http.post(&url).json(&form);
            tokio::spawn(async move {
                let answer = request.send().await.expect("an answer");
                (answer.status().as_u16(), answer.text().await.expect("text"))
            })
        })
        .collect();
    holds(&sandbox, 40).await;
    sandbox.pause().await;
    sleep(Duration::from_secs(2)).await;
    sandbox.resume().expect("it is back");

    let mut created = 0;
    for (n, client) in clients.into_iter().enumerate() {
        let (status, text) = client.await.expect("no panic");
        let email = json!(format!("{n}@example.com"));
        let leads = sandbox.leads();
        let lead = leads.iter().find(|lead| lead["email"]["email"] == email);
        match status {
            201 => {
                created += 1;
                assert_eq!(lead.expect("it is there")["id"].to_string(), text);
            }
            // In doubt: its request was in flight when Copper went down.
            202 => {}
            429 | 503 => assert!(lead.is_none(), "{n}: {status}: {text}"),
            _ => panic!("{n}: {status}: {text}"),
        }
    }
    assert!(created >= CLIENTS / 2, "{created} were created");
    emails(&sandbox);

    // The token is taken back, and somebody repairs it: the run waits, and goes on.
    sandbox.inject(Fault::Refusal(401), When::always());
    let refused = |sandbox: &Sandbox| {
        let arrivals = sandbox.arrivals();
        arrivals.iter().any(|arrival| arrival.status == Some(401))
    };
    let form = json!({ "name": "Patient", "email": "patient@example.com" });
    let patient = tokio::spawn(http.post(&url).json(&form).send());
    while !refused(&sandbox) {
        sleep(Duration::from_millis(10)).await;
    }
    sandbox.clear_faults();
    let answer = patient.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
    created += 1;

    let kill = Command::new("kill").arg(service.id().to_string()).status();
    assert!(kill.expect("a signal").success());
    assert!(service.wait().expect("it ends").success());
    let last = output.map_while(Result::ok).last().unwrap_or_default();
    assert!(last.contains(&format!("{created} done")), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_importer_without_async_loads_its_file_once_however_often_it_is_started() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("leads.csv");
    let rows: String = (0..40)
        .map(|n| format!("Lead {n},{n}@example.com\n"))
        .collect();
    fs::write(&file, format!("name,email\n{rows},nobody@example.com\n")).expect("a file");
    for start in 1..=2 {
        let output = program(env!("CARGO_BIN_EXE_importer"), &sandbox)
            .arg(&file)
            .output();
        let output = output.expect("it runs");
        let said = said(&output);
        assert!(output.status.success(), "start {start}: {said}");
        assert!(
            said.contains("line 42: correct it: name"),
            "start {start}: {said}"
        );
        assert!(
            said.contains("41 leads: 40 done, 1 rejected"),
            "start {start}: {said}"
        );
    }
    assert_eq!(emails(&sandbox).len(), 40);
    let names: Vec<Value> = sandbox
        .leads()
        .iter()
        .map(|lead| lead["name"].clone())
        .collect();
    // Several requests are in flight at a time, so any of them may arrive first.
    assert!(names.contains(&Value::from("Lead 0")), "{names:?}");
}
