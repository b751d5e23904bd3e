//! Kills an import in the middle and starts it again: `cargo run --example resume`.
//!
//! The import is a separate process: this same program, with the sandbox's address in its environment. Its
//! journal has the records that were sent, so the second start sends only the rest. Leads in flight when the
//! process was killed are looked up by e-mail address.

use std::{
    env,
    error::Error,
    path::Path,
    process::{Child, Command},
    time::Duration,
};

use copper_crm::{Copper, NewLead, bulk::Reconcile};
use copper_crm_sandbox::Sandbox;

const LEADS: usize = 120;
const JOURNAL: &str = "IMPORT_JOURNAL";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(journal) = env::var_os(JOURNAL) {
        return import(Path::new(&journal)).await;
    }
    let sandbox = Sandbox::start().await?;
    let journal = env::temp_dir().join(format!("resume-{}.journal", std::process::id()));

    let mut first = start(&sandbox, &journal)?;
    while sandbox.leads().len() < LEADS / 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    first.kill()?;
    first.wait()?;
    println!("killed, with {} leads created", sandbox.leads().len());

    let second = start(&sandbox, &journal)?.wait()?;
    println!("{second}: {} leads are there", sandbox.leads().len());
    assert_eq!(sandbox.leads().len(), LEADS);
    std::fs::remove_file(journal)?;
    Ok(())
}

/// Starts this program as an import into the sandbox.
fn start(sandbox: &Sandbox, journal: &Path) -> Result<Child, std::io::Error> {
    Command::new(env::current_exe()?)
        .env("COPPER_BASE_URL", sandbox.base_url())
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env(JOURNAL, journal)
        .spawn()
}

async fn import(journal: &Path) -> Result<(), Box<dyn Error>> {
    // The same leads in the same order at each start.
    let leads = (1..=LEADS)
        .map(|n| NewLead::named(format!("Lead {n}")).email(format!("{n}@example.com").as_str()));
    // The sandbox's search does not lag. Copper's may, by minutes.
    let by_email = Reconcile::by_email()
        .absent_after(Duration::from_millis(100))
        .send_again();
    let mut run = Copper::from_env()?
        .bulk_create_leads(leads)
        .journal(journal)
        .reconcile(by_email);
    while run.next().await.is_some() {}
    println!("{}", run.summary());
    Ok(())
}
