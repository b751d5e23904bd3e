//! Tests a program of yours on the sandbox, with faults on demand: `cargo test --example test_your_program`.

use copper_crm::{Copper, Error, NewLead, types::Lead};

/// The program under test. It takes a client, so that a test can pass one for the sandbox.
async fn register(copper: &Copper, name: &str, email: &str) -> Result<Lead, Error> {
    copper
        .create_lead(&NewLead::named(name).email(email).tag("website"))
        .await
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let lead = register(&Copper::from_env()?, "Jim Halpert", "jim@example.com").await?;
    println!("lead {}", lead.id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use copper_crm_sandbox::{Fault, Sandbox, When};

    use super::*;

    #[tokio::test]
    async fn a_visitor_becomes_a_lead_with_the_tag_of_the_website() {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let lead = register(&copper, "Jim Halpert", "jim@example.com").await;
        let id = lead.expect("it is created").id;
        let there = sandbox.leads();
        assert_eq!(there.len(), 1);
        assert_eq!(there[0]["id"], *id);
        assert_eq!(there[0]["tags"][0], "website");
    }

    #[tokio::test]
    async fn a_lost_answer_is_no_proof_that_nothing_was_created() {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        sandbox.inject(Fault::ResetAfter, When::nth(1).of("create_lead"));
        let error = register(&copper, "Jim Halpert", "jim@example.com")
            .await
            .expect_err("its answer is lost");
        assert!(error.may_have_taken_effect());
        assert_eq!(sandbox.leads().len(), 1);
    }
}
