//! Helpers that the tests of several programs share.

use std::{
    collections::BTreeSet,
    process::{Command, Output},
    time::Duration,
};

use copper_crm_sandbox::Sandbox;
use tokio::time::sleep;

/// A program whose Copper is this sandbox.
pub fn program(path: &str, sandbox: &Sandbox) -> Command {
    let mut command = Command::new(path);
    command
        .env("COPPER_BASE_URL", sandbox.base_url())
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email());
    command
}

/// Waits until the sandbox has so many leads.
pub async fn holds(sandbox: &Sandbox, leads: usize) {
    while sandbox.leads().len() < leads {
        sleep(Duration::from_millis(10)).await;
    }
}

pub fn emails(sandbox: &Sandbox) -> BTreeSet<String> {
    let leads = sandbox.leads();
    let emails = leads.iter().map(|lead| lead["email"]["email"].to_string());
    let distinct: BTreeSet<_> = emails.collect();
    assert_eq!(distinct.len(), leads.len(), "a lead is there twice");
    distinct
}

pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
