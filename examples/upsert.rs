//! Runs a sync twice: the second time it updates the leads that the first one created: `cargo run --example
//! upsert`.

use std::error::Error;

use copper_crm::{Copper, NewLead, Outcome, bulk::MatchBy};
use copper_crm_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let copper = sandbox.copper().build()?;
    sync(&copper, "Salesman").await?;
    sync(&copper, "Manager").await?;

    let leads = sandbox.leads();
    println!("{} leads are there", leads.len());
    assert_eq!(leads.len(), 3);
    assert!(leads.iter().all(|lead| lead["title"] == "Manager"));
    Ok(())
}

/// Sends all leads of a source, each matched by its e-mail address. It is safe to repeat.
async fn sync(copper: &Copper, title: &str) -> Result<(), Box<dyn Error>> {
    let leads: Vec<_> = ["jim", "pam", "michael"]
        .map(|name| {
            NewLead::named(name)
                .email(format!("{name}@example.com").as_str())
                .title(title)
        })
        .into();
    let mut run = copper.upsert_leads(leads, MatchBy::Email);
    while let Some(item) = run.next().await {
        println!(
            "{}: {}",
            item.input.name,
            matches!(item.outcome, Outcome::Done(_))
        );
    }
    println!("{}", run.summary());
    Ok(())
}
