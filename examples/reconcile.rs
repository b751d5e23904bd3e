//! Loses two answers, and looks up their leads: `cargo run --example reconcile`.
//!
//! A create without an answer may have taken effect, and sending it again could create its leads twice. With
//! `reconcile`, the run looks them up before it decides.

use std::{error::Error, time::Duration};

use copper_crm::{NewLead, Outcome, bulk::Reconcile};
use copper_crm_sandbox::{Fault, Sandbox, When};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    // The answer to the first request is lost after its leads were created; the second request is lost
    // before.
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    sandbox.inject(Fault::ResetBefore, When::nth(2).of("bulk_create_leads"));
    let copper = sandbox.copper().build()?;
    let leads: Vec<_> = (1..=30)
        .map(|n| NewLead::named(format!("Lead {n}")))
        .collect();

    // A tag marks the leads of this import, so that they can be found. A lead that is absent for this long
    // does not exist, and is sent again. The sandbox's search does not lag; Copper's may, by minutes.
    let how = Reconcile::by_tag("import 2026-11-24")
        .absent_after(Duration::from_millis(100))
        .send_again();
    let mut run = copper.bulk_create_leads(leads).reconcile(how);
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(lead) => println!("#{} is lead {}", item.index, lead.id),
            other => println!("#{}: {other:?}", item.index),
        }
    }
    println!("{}", run.summary());
    println!("{} leads are there", sandbox.leads().len());
    assert_eq!(sandbox.leads().len(), 30);
    Ok(())
}
