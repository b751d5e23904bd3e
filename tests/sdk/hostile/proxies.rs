//! Proxies that answer by themselves: nobody takes their words for Copper's.

use std::time::Duration;

use copper_crm::{Advice, Copper, Error, ErrorKind, NewLead, Outcome};

use crate::support::{
    clock::in_virtual_time,
    wire::{Wire, answer},
};

const PAGE: &str = "<html><body>Please log in at the front desk</body></html>";

/// A client that goes through this proxy to a host that nobody else could reach.
fn through(proxy: &Wire, base_url: &str) -> Copper {
    let proxy = reqwest::Proxy::all(&proxy.url).expect("a proxy");
    Copper::builder("the-token", "owner@example.com")
        .base_url(base_url)
        .allow_http()
        .limits([])
        .request_timeout(Duration::from_secs(5))
        .http(|http| http.proxy(proxy))
        .build()
        .expect("a client")
}

/// The error of a single create, and the letters of a run's outcomes.
async fn created(copper: &Copper) -> (Error, String) {
    let made = copper.create_lead(&NewLead::named("Jim")).await;
    let error = made.expect_err("it is no lead");
    let leads = (0..15).map(|n| NewLead::named(n.to_string()));
    let mut run = copper.bulk_create_leads(leads);
    let mut letters = String::new();
    while let Some(item) = run.next().await {
        letters.push(match item.outcome {
            Outcome::Done(_) => 'D',
            Outcome::Rejected(_) => 'R',
            Outcome::NotSent(_) => 'N',
            Outcome::Unknown(_) => 'U',
        });
    }
    (error, letters)
}

#[test]
fn a_proxy_that_opens_no_tunnel_gets_no_lead_and_no_token() {
    let ask = "Proxy-Authenticate: Basic realm=\"a\"\r\n";
    for said in [
        answer("407 Proxy Authentication Required", ask, PAGE),
        answer("403 Forbidden", "", PAGE),
        answer("502 Bad Gateway", "", PAGE),
        answer("302 Found", "Location: http://127.0.0.1:9/\r\n", PAGE),
        // It says that the tunnel is there, and sends a page.
        answer("200 OK", "", PAGE),
        "SSH-2.0-OpenSSH_9.0\r\n".to_owned(),
    ] {
        in_virtual_time(async {
            let proxy = Wire::answering(said.clone()).await;
            let copper = through(&proxy, "https://copper.invalid/v1");
            let (error, letters) = created(&copper).await;
            let text = error.to_string();
            assert!(!error.may_have_taken_effect(), "{text}");
            assert!(text.contains("(copper.invalid)"), "{text}");
            assert!(!text.contains('<'), "{text}");
            assert_eq!(letters, "N".repeat(15), "{said}");
            let arrived = proxy.arrived().concat();
            assert!(!arrived.contains("the-token"), "{arrived}");
        });
    }
}

#[test]
fn a_proxy_that_asks_for_a_password_is_named_and_what_it_held_back_was_not_sent() {
    in_virtual_time(async {
        let said = answer("407 Proxy Authentication Required", "", PAGE);
        let proxy = Wire::answering(said).await;
        let copper = through(&proxy, "http://copper.invalid/v1");
        let (error, letters) = created(&copper).await;
        assert_eq!(
            error.to_string(),
            "create_lead: a proxy refused it (407 Proxy Authentication Required): give the proxy's user and password in its URL; nothing was done"
        );
        assert_eq!(
            (error.kind(), error.advice()),
            (ErrorKind::Refused, Advice::Correct)
        );
        assert_eq!(letters, "N".repeat(15));
    });
}

#[test]
fn a_page_of_a_proxy_is_no_lead_and_none_of_it_is_told() {
    for (status, letter) in [
        ("200 OK", "U"),
        ("502 Bad Gateway", "U"),
        ("403 Forbidden", "N"),
        ("511 Network Authentication Required", "U"),
    ] {
        in_virtual_time(async {
            let proxy = Wire::answering(answer(status, "", PAGE)).await;
            let copper = through(&proxy, "http://copper.invalid/v1");
            let (error, letters) = created(&copper).await;
            let in_doubt = letter == "U";
            assert_eq!(error.may_have_taken_effect(), in_doubt, "{error}");
            assert!(!error.to_string().contains("front desk"), "{error}");
            assert!(letters.starts_with(letter), "{status}: {letters}");
            assert!(!letters.contains('D'), "{status}: {letters}");
        });
    }
}
