//! Canaries: a token, an e-mail address, a lead's name, address and phone number, in every answer that a
//! server may give. None of them may appear in anything that this crate shows, writes, logs or sends
//! elsewhere. Exempt are only the caller's own lead in an outcome, and Copper's words for it there.

mod canary;
mod log;
mod quotes;

use std::{path::Path, time::Duration};

use canary::{NAME, OWNER, TOKEN, all_words, assert_silent, shown, song};
use copper_crm::{
    Copper, Error, NewLead, Outcome,
    bulk::{Endpoint, MatchBy, Reconcile, Run},
    types::CustomField,
};
use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use futures_util::future::join_all;
use log::{Log, assert_log_is_silent};
use quotes::{STATUSES, bodies, wire_noise};
use serde_json::json;

use crate::support::{
    clock::in_virtual_time,
    wire::{Wire, answer},
};

fn client(url: &str) -> Copper {
    Copper::builder(TOKEN, OWNER)
        .base_url(url)
        .http(|http| http.connection_verbose(true))
        .build()
        .expect("a client")
}

/// Makes all kinds of calls to a server, and checks everything that comes of it. `journal` is the path of the
/// bulk run's journal, which is checked as well.
async fn assert_calls_are_silent(copper: Copper, what: &str, journal: &Path) {
    let tells = |error: &Error| assert_silent(what, &all_words(error));
    if let Err(error) = copper.create_lead(&canary::lead()).await {
        tells(&error);
    }
    let mut run = copper
        .bulk_create_leads([canary::lead(), canary::lead()])
        .chunk_size(1)
        .journal(journal);
    while let Some(item) = run.next().await {
        let (words, error) = match &item.outcome {
            Outcome::Done(_) => continue,
            Outcome::Rejected(why) => match why.error() {
                Some(error) => (format!("{why} {}", shown(why)), Some(error)),
                None => continue,
            },
            Outcome::NotSent(why) => (format!("{why} {}", shown(why)), why.error()),
            Outcome::Unknown(why) => (format!("{why} {}", shown(why)), why.error()),
        };
        assert_silent(what, &words);
        if let Some(error) = error {
            tells(error);
        }
    }
    if let Some(by) = run.stopped_by() {
        assert_silent(what, &format!("{by} {}", shown(&by)));
    }
    let handles = shown(&run) + &shown(&run.stop_handle()) + &shown(&copper);
    assert_silent(
        what,
        &(handles + &shown(&copper.limiter()) + &run.summary().to_string()),
    );
    let written = std::fs::read_to_string(journal).expect("the journal");
    assert!(written.contains("sending 0 1"), "{written}");
    assert_silent(what, &written);
}

#[tokio::test]
async fn the_debug_of_all_handles_is_silent() {
    let sandbox = Sandbox::builder().credentials(TOKEN, OWNER);
    assert_silent("a sandbox's builder", &shown(&sandbox));
    let sandbox = sandbox.start().await.expect("a sandbox");
    let copper = sandbox.copper();
    assert_silent("a builder", &shown(&copper));
    let copper = copper.build().expect("a client");
    let oauth = Copper::oauth(TOKEN);
    assert_silent("a builder", &shown(&oauth));
    assert_silent("a client", &shown(&oauth.build().expect("a client")));
    let mut run = copper.bulk_create_leads((0..30).map(|_| canary::lead()));
    run.next().await.expect("an outcome");
    let handles = shown(&run) + &shown(&run.stop_handle()) + &shown(&sandbox);
    assert_silent("a run and its handle", &handles);
    assert_silent("a limiter", &shown(&copper.limiter()));
    assert_silent("what arrived", &shown(&sandbox.arrivals()));
}

#[test]
fn settings_that_are_refused_are_not_quoted() {
    for (token, owner, url) in [
        (TOKEN, "canary\nowner", "https://example.org"),
        ("canary\n7f3a", OWNER, "https://example.org"),
        (TOKEN, OWNER, "https://canary:7f3a@example.org"),
        (TOKEN, OWNER, "https://example.org/?key=canary-token-7f3a"),
        (TOKEN, OWNER, "canary-token-7f3a"),
        (TOKEN, OWNER, "http://canary.example.org"),
    ] {
        let built = Copper::builder(token, owner).base_url(url).build();
        let error = built.expect_err("it is refused");
        assert_silent("a refused setting", &all_words(&error));
    }
}

#[test]
fn whatever_a_server_quotes_no_error_and_no_journal_tells() {
    let logged = Log::start();
    let folder = std::env::temp_dir().join(format!("copper-crm-secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let headers = format!(
        "X-Request-Id: {0}\r\nLocation: {0}\r\nRetry-After: {0}\r\nSet-Cookie: {0}\r\n",
        song()
    );
    let mut answers = wire_noise();
    for status in STATUSES {
        answers.extend(bodies().iter().map(|body| answer(status, &headers, body)));
    }
    println!("{} answers that quote what was sent", answers.len());
    in_virtual_time(async {
        let calls = answers.iter().enumerate().map(|(n, answer)| {
            let journal = folder.join(n.to_string());
            async move {
                let server = Wire::answering(answer.as_str()).await;
                assert_calls_are_silent(client(&server.url), answer, &journal).await;
                let arrived = server.arrived().concat();
                assert!(
                    arrived.contains(TOKEN) && arrived.contains(NAME),
                    "{answer}"
                );
            }
        });
        join_all(calls).await;
    });
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    assert_log_is_silent(&logged);
}

#[test]
fn reads_and_what_never_arrives_are_silent_too() {
    let logged = Log::start();
    in_virtual_time(async {
        let headers = format!("X-Request-Id: {TOKEN} {OWNER}\r\n");
        let body = json!({ "message": format!("no {TOKEN} of {OWNER}") }).to_string();
        for status in ["401 Unauthorized", "404 Not Found", "422 No"] {
            let server = Wire::answering(answer(status, &headers, &body)).await;
            let copper = client(&server.url);
            let error = copper.get_lead(7).await.expect_err("it is refused");
            assert_silent(status, &all_words(&error));
            let error = copper.list_lead_statuses().await.expect_err("so is this");
            assert_silent(status, &all_words(&error));
        }
        // No TLS is spoken there.
        let server = Wire::answering(song()).await;
        let copper = client(&server.url.replace("http:", "https:"));
        let created = copper.create_lead(&canary::lead()).await;
        assert_silent("a TLS error", &all_words(&created.expect_err("no TLS")));
    });
    assert_log_is_silent(&logged);
}

#[test]
fn whatever_fails_in_the_sandbox_no_log_tells() {
    let logged = Log::start();
    in_virtual_time(async {
        let odd = Odd::Item(json!(song()));
        let faults = [
            Fault::ResetAfter,
            Fault::CutOff,
            Fault::StallMidBody,
            Fault::InvalidUtf8,
            Fault::LengthTooShort,
            Fault::OddItem { at: 0, odd },
            Fault::Stale,
        ];
        let sandbox = Sandbox::builder().credentials(TOKEN, OWNER).start().await;
        let sandbox = sandbox.expect("a sandbox");
        let copper = client(sandbox.base_url());
        for fault in faults {
            sandbox.clear_faults();
            sandbox.inject(fault, When::nth(1));
            let mut run = copper.bulk_create_leads((0..20).map(|_| canary::lead()));
            while run.next().await.is_some() {}
        }
        assert!(sandbox.leads().iter().any(|lead| lead["name"] == NAME));
    });
    assert_log_is_silent(&logged);
}

/// Leads in doubt are searched for by their content, upserts are matched by it, and checks read it.
#[test]
fn nothing_that_a_record_is_known_by_is_told() {
    let logged = Log::start();
    let folder = std::env::temp_dir().join(format!("copper-crm-known-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    in_virtual_time(async {
        let sandbox = Sandbox::builder().credentials(TOKEN, OWNER).start().await;
        let sandbox = sandbox.expect("a sandbox");
        let copper = client(sandbox.base_url());
        let headers = format!("X-Request-Id: {}\r\n", song());
        let body = json!({ "message": song() }).to_string();
        let refusing = Wire::answering(answer("422 No", &headers, &body)).await;
        let at_fault = || NewLead {
            tags: vec![" ".to_owned()],
            ..canary::lead()
        };
        let leads = || vec![at_fault(), canary::lead(), canary::lead()];
        let ways = [
            Reconcile::by_email(),
            Reconcile::by_tag("canary tag"),
            Reconcile::by_custom_field(7, |lead: &NewLead| lead.name.clone()),
        ];
        for (n, how) in ways.into_iter().enumerate() {
            let how = how.absent_after(Duration::from_secs(2)).send_again();
            assert_silent("a way of reconciling", &shown(&how));
            for (m, fault) in [
                Fault::ResetBefore,
                Fault::ResetAfter,
                Fault::ErrorAfter(502),
            ]
            .into_iter()
            .enumerate()
            {
                let journal = folder.join(format!("{n}-{m}"));
                for refused in [true, false] {
                    sandbox.clear_faults();
                    sandbox.inject(fault.clone(), When::nth(1).of("bulk_create_leads"));
                    if refused {
                        sandbox.inject(Fault::Refusal(422), When::always().of("search_leads"));
                    }
                    let run = copper.bulk_create_leads(leads()).chunk_size(1).checked();
                    let told = told(run.reconcile(how.clone()).journal(&journal)).await;
                    assert_silent("a reconciled outcome", &told);
                }
                assert_silent("its journal", &written(&journal));
            }
        }
        for known_by in [canary::EMAIL, "canary tag"] {
            let arrivals = sandbox.arrivals();
            let mut searches = arrivals
                .iter()
                .filter(|arrival| arrival.operation == Some("search_leads"));
            assert!(searches.any(|search| search.contains(known_by)));
        }
        let other = client(&refusing.url);
        let by = [MatchBy::Email, MatchBy::CustomField(7.into())];
        for (n, by) in by.into_iter().enumerate() {
            for (m, copper) in [&copper, &other].into_iter().enumerate() {
                let journal = folder.join(format!("upsert-{n}-{m}"));
                sandbox.clear_faults();
                sandbox.inject(Fault::ResetAfter, When::nth(1));
                let field = CustomField::new(7).value(NAME);
                let leads = leads()
                    .into_iter()
                    .map(|lead| lead.custom_field(field.clone()));
                let run = copper.upsert_leads(leads.collect::<Vec<_>>(), by).checked();
                let told = told(run.journal(&journal)).await;
                assert_silent("an upsert's outcome", &told);
                assert_silent("its journal", &written(&journal));
            }
        }
    });
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    assert_log_is_silent(&logged);
}

fn written(journal: &Path) -> String {
    let written = std::fs::read_to_string(journal).expect("the journal");
    assert!(written.contains("sending 1 1"), "{written}");
    written
}

/// Everything that a run shows of its outcomes, except the records themselves.
async fn told<E: Endpoint>(mut run: Run<'_, E>) -> String {
    let mut told = String::new();
    while let Some(item) = run.next().await {
        let words = match &item.outcome {
            Outcome::Done(_) => continue,
            Outcome::Rejected(why) => format!("{why} {} {}", shown(why), json!(why)),
            Outcome::NotSent(why) => format!("{why} {} {}", shown(why), json!(why)),
            Outcome::Unknown(why) => format!("{why} {} {}", shown(why), json!(why)),
        };
        told.push_str(&words);
    }
    told + &shown(&run) + &shown(&run.progress()) + &shown(&run.stopped_by())
}

#[tokio::test]
async fn nothing_follows_a_redirect_to_another_host() {
    let elsewhere = Wire::answering(answer("200 OK", "", "[]")).await;
    for status in [301, 302, 303, 305, 307, 308] {
        let headers = format!("Location: {}/leads\r\n", elsewhere.url);
        let here = Wire::answering(answer(&format!("{status} Elsewhere"), &headers, "")).await;
        let copper = client(&here.url);
        let created = copper.create_lead(&canary::lead()).await;
        created.expect_err("a redirect is no answer");
        let mut run = copper.bulk_create_leads([canary::lead()]);
        while run.next().await.is_some() {}
        let read = copper.get_lead(7).await;
        read.expect_err("a redirect is no answer");
        assert!(!here.arrived().is_empty());
    }
    let second = Sandbox::start().await.expect("a second sandbox");
    let sandbox = Sandbox::builder().credentials(TOKEN, OWNER).start().await;
    let sandbox = sandbox.expect("a sandbox");
    let url = format!("{}/leads/bulk_create", second.base_url());
    sandbox.inject(Fault::Redirect(url), When::always());
    let mut run = client(sandbox.base_url()).bulk_create_leads([canary::lead()]);
    while run.next().await.is_some() {}
    assert!(second.arrivals().is_empty() && elsewhere.arrived().is_empty());
}
