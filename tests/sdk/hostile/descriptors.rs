//! A process that may open hardly any file: what can't be done is said in a sentence, before anything is
//! sent. Each test is a child process of its own, as the limit holds for a whole one.
#![cfg(unix)]

use std::{
    env,
    fs::File,
    process::{Command, Output},
};

use copper_crm::{Copper, NewLead, Outcome, bulk::StoppedBy};

use crate::support::folder::Folder;

/// By which the test program becomes a child.
const CHILD: &str = "DESCRIPTORS_CHILD";

fn copper() -> Copper {
    let builder = Copper::builder("token", "owner@example.com").base_url("http://127.0.0.1:9");
    builder.build().expect("a client")
}

/// This program as a child that runs one test and may have so many files open.
fn child(test: &str, descriptors: usize) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -n \"$0\" && exec \"$@\""])
        .arg(descriptors.to_string())
        .arg(env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .expect("it runs")
}

/// The words of the child, which did not panic.
fn said(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
    let text = String::from_utf8_lossy(&output.stdout);
    let said = text.lines().find_map(|line| line.split_once("SAID "));
    said.unwrap_or_else(|| panic!("{text}{told}")).1.to_owned()
}

#[cfg(feature = "blocking")]
#[test]
fn a_child_makes_blocking_calls() {
    if env::var_os(CHILD).is_some() {
        match copper().blocking() {
            Ok(_) => println!("SAID built"),
            Err(error) => println!("SAID {error}"),
        }
    }
}

#[cfg(feature = "blocking")]
#[test]
fn blocking_calls_that_lack_descriptors_say_so() {
    let test = "hostile::descriptors::a_child_makes_blocking_calls";
    let mut refused = 0;
    for descriptors in 4..=16 {
        let said = said(&child(test, descriptors));
        if said != "built" {
            refused += 1;
            assert!(
                said.starts_with("the thread of blocking calls can't start: ")
                    && said.contains("Too many open files"),
                "{said}"
            );
        }
    }
    assert!((3..=8).contains(&refused), "{refused}");
}

#[test]
fn a_child_uses_up_its_descriptors_and_then_calls() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let copper = copper();
        let mut files = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            files.push(file);
        }
        let error = copper.create_lead(&NewLead::named("Jim")).await;
        let error = error.expect_err("it can't connect");
        assert!(!error.may_have_taken_effect(), "{error}");
        let journal = folder.file("journal");
        let mut run = copper
            .bulk_create_leads([NewLead::named("Jim")])
            .journal(journal);
        let item = run.next().await.expect("an outcome");
        assert!(matches!(item.outcome, Outcome::NotSent(_)), "{item:?}");
        let Some(StoppedBy::Error(why)) = run.stopped_by() else {
            panic!("it has no journal")
        };
        // The test program needs some for itself.
        drop(files);
        println!("SAID {error} | {why}");
    });
}

#[test]
fn calls_and_runs_that_lack_descriptors_say_so_and_send_nothing() {
    let test = "hostile::descriptors::a_child_uses_up_its_descriptors_and_then_calls";
    let said = said(&child(test, 40));
    let (call, journal) = said.split_once(" | ").expect("two texts");
    for text in [call, journal] {
        assert!(text.contains("Too many open files"), "{text}");
    }
    assert!(
        call.starts_with("create_lead: no connection to Copper could be made"),
        "{call}"
    );
    assert!(
        journal.starts_with("the journal can't be used: "),
        "{journal}"
    );
}
