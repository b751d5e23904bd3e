//! Inputs of runs: keys that come back, and the compiler's messages about types that can't be an input.

use std::{env, fs, path::PathBuf, process::Command};

use copper_crm::{
    NewLead, Outcome,
    bulk::{from_results, from_stream, keyed},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::stream;

use crate::support::folder::Folder;

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send {
    (0..count).map(|n| {
        NewLead::named(if n == 3 {
            " ".to_owned()
        } else {
            n.to_string()
        })
    })
}

/// A key that implements nothing, not even `Clone`.
struct Key(usize);

#[tokio::test]
async fn keys_of_any_type_come_back_with_the_outcomes_of_their_records() {
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    sandbox.inject(Fault::ResetAfter, When::nth(2).of("bulk_create_leads"));
    let pairs = stream::iter((100..).map(Key).zip(leads(25)));
    let mut run = copper.bulk_create_leads(keyed(from_stream(pairs)));
    let mut seen = Vec::new();
    while let Some(item) = run.next().await {
        assert_eq!(item.key.0, 100 + item.index as usize);
        seen.push(matches!(item.outcome, Outcome::Done(_)));
    }
    assert_eq!(seen.len(), 25);
    assert!(seen[0] && !seen[3] && !seen[15]);
}

#[tokio::test]
async fn keys_come_back_with_what_a_stop_leaves_and_no_journal_knows_of_them() {
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let folder = Folder::new();
    let journal = folder.file("journal");
    for (start, keys) in [(0, 'a'), (1, 'k')] {
        let pairs: Vec<_> = (keys..).zip(leads(12)).collect();
        let mut run = copper.bulk_create_leads(keyed(pairs)).journal(&journal);
        let mut place = 0;
        while let Some(item) = run.next().await {
            assert_eq!(item.key, (keys..).nth(place).expect("a letter"));
            assert_eq!(
                item.from_journal,
                start == 1,
                "the fingerprint leaves keys out"
            );
            place += 1;
        }
        assert!(run.stopped_by().is_none(), "{:?}", run.stopped_by());
        assert_eq!(place, 12);
    }
    let mut stopped = copper.bulk_create_leads(keyed((0..3).zip(leads(3))));
    stopped.stop();
    for key in 0..3 {
        let item = stopped.next().await.expect("an outcome");
        assert_eq!(item.key, key);
        assert!(matches!(item.outcome, Outcome::NotSent(_)));
    }
}

#[tokio::test]
async fn an_iterator_of_results_ends_at_its_first_error() {
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let results = leads(12).map(Ok).chain([Err("line 13 is torn")]);
    let mut run = copper.bulk_create_leads(from_results(results.chain(leads(5).map(Ok))));
    while run.next().await.is_some() {}
    assert_eq!(run.summary().total(), 12);
    let why = run.stopped_by().expect("a reason");
    assert_eq!(why.to_string(), "the input failed: line 13 is torn");
}

/// The compiler's message about a function with this body, which has a `copper`.
fn errors_of(body: &str) -> String {
    let deps: PathBuf = env::current_exe()
        .expect("this program")
        .parent()
        .expect("its folder")
        .to_owned();
    let is_the_library = |name: &str| name.starts_with("libcopper_crm-") && name.ends_with(".rlib");
    let library = fs::read_dir(&deps)
        .expect("a folder")
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_name().to_str().is_some_and(is_the_library))
        .max_by_key(|entry| entry.metadata().and_then(|it| it.modified()).ok())
        .expect("the library that this program was built with")
        .path();
    let folder = Folder::new();
    let source = folder.file("input.rs");
    let program = format!(
        "#![allow(unused_variables)] use copper_crm::{{Copper, NewLead}};\npub fn f(copper: Copper) {{ {body} }}"
    );
    fs::write(&source, program).expect("a program");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .arg(format!("--extern=copper_crm={}", library.display()))
        .arg(format!("-Ldependency={}", deps.display()))
        .arg(format!("--out-dir={}", folder.file("").display()))
        .arg(source)
        .output()
        .expect("a compiler");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_cant_be_an_input_is_told_by_the_ways_in() {
    let good = errors_of("let _ = copper.bulk_create_leads(vec![NewLead::named(\"Jim\")]);");
    assert_eq!(good, "", "the check itself works");
    for body in [
        "copper.bulk_create_leads(vec![Ok::<NewLead, String>(NewLead::named(\"Jim\"))]);",
        "let leads = vec![NewLead::named(\"Jim\")]; copper.bulk_create_leads(&leads);",
        "let name = std::rc::Rc::new(\"Jim\"); copper.bulk_create_leads((0..3).map(move |_| NewLead::named(*name)));",
        "copper.bulk_create_leads(std::task::Poll::Ready(NewLead::named(\"Jim\")));",
    ] {
        let errors = errors_of(body);
        assert!(
            errors.contains("can't be the input of a run of `NewLead`"),
            "{body}\n{errors}"
        );
        for way in [
            "`Send`",
            ".cloned()",
            "bulk::from_results",
            "bulk::from_stream",
            "bulk::from_try_stream",
        ] {
            assert!(errors.contains(way), "{way} for {body}\n{errors}");
        }
    }
}

#[test]
fn nothing_is_sent_again_without_a_word_on_when_it_is_absent() {
    let reconciled = |how: &str| {
        let run = "copper.bulk_create_leads(vec![NewLead::named(\"Jim\")])";
        errors_of(&format!(
            "let _ = {run}.reconcile(copper_crm::bulk::Reconcile::by_email(){how});"
        ))
    };
    let refused = reconciled(".send_again()");
    assert!(
        refused.contains("no method named `send_again`"),
        "{refused}"
    );
    let after = ".absent_after(std::time::Duration::from_secs(600)).send_again()";
    assert_eq!(reconciled(after), "");
}

#[test]
fn what_does_nothing_until_it_is_polled_is_told_by_the_compiler() {
    const LEAD: &str = "vec![NewLead::named(\"Jim\")]";
    for (statement, told) in [
        (
            format!("copper.bulk_create_leads({LEAD});"),
            "a run sends nothing until it is polled",
        ),
        (
            format!("copper.upsert_leads({LEAD}, copper_crm::bulk::MatchBy::Email);"),
            "a run sends nothing until it is polled",
        ),
        (
            format!("copper.sync_leads({LEAD}, copper_crm::sync::Sync::by_email());"),
            "a sync reads and sends nothing until it is polled",
        ),
        (
            "copper.search_leads(Default::default());".to_owned(),
            "a search sends nothing until it is polled",
        ),
        (
            "copper.directory();".to_owned(),
            "nothing is loaded until it is awaited",
        ),
    ] {
        let warnings = errors_of(&statement);
        assert!(warnings.contains(told), "{statement}: {warnings}");
    }
}
