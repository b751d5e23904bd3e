//! Creates leads in bulk, and prints the outcome of each: `cargo run --example bulk_create`.
//!
//! It runs against the sandbox. Against Copper it would begin with `Copper::from_env()?`.

use std::error::Error;

use copper_crm::{NewLead, Outcome};
use copper_crm_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let copper = sandbox.copper().build()?;

    // The second lead has no name, and Copper rejects it. The others are created.
    let leads = ["Jim Halpert", "", "Pam Beesly"].map(|name| {
        NewLead::named(name)
            .company_name("Dunder Mifflin")
            .tag("import")
    });
    let mut run = copper.bulk_create_leads(leads);
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(lead) => println!("#{} is lead {}", item.index, lead.id),
            Outcome::Rejected(why) => println!("#{}: correct it: {why}", item.index),
            Outcome::NotSent(why) => println!("#{}: send it again: {why}", item.index),
            Outcome::Unknown(why) => println!("#{}: look it up: {why}", item.index),
        }
    }
    println!("{}", run.summary());
    Ok(())
}
