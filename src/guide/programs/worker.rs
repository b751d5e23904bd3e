//! A worker: takes a batch from a queue, loads it into Copper, and writes down what became of each lead. Start as many
//! as you like, on any machines. Each can be killed at any moment: another takes its batch over.

use std::{env, error::Error, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::keyed,
    limit::{Fallback, Limiter},
    schema::RATE_LIMITS,
};
use copper_crm_journal_postgres::{PostgresJournal, PostgresJournals};
use rolling_limit_redis::RedisStore;
use tokio::{spawn, time::sleep};
use tokio_postgres::NoTls;

/// A worker that finds all open batches taken looks again after this time.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let database = env::var("DATABASE_URL")?;
    PostgresJournals::new(&database)?.create_table().await?;
    let store = RedisStore::new(&env::var("REDIS_URL")?, &env::var("COPPER_ACCESS_TOKEN")?)?;
    let limiter = Limiter::shared(RATE_LIMITS.iter().copied(), store, Fallback::Closed);
    let copper = Copper::builder_from_env()?.limiter(limiter).build()?;
    loop {
        match work(&copper, &database).await {
            Ok(Next::Batch) => {}
            Ok(Next::Wait) => sleep(PAUSE).await,
            Ok(Next::End) => return Ok(()),
            Err(why) => {
                eprintln!("the batch stays open: {why}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// The next step of a worker.
pub enum Next {
    Batch,
    /// All open batches are taken. A worker may die, and leave its batch.
    Wait,
    End,
}

/// Takes one batch and loads it.
pub async fn work(copper: &Copper, database: &str) -> Result<Next, Box<dyn Error>> {
    let (mut client, connection) = tokio_postgres::connect(database, NoTls).await?;
    spawn(connection);
    // The batch is locked until this transaction ends, which it does with its worker at the latest.
    let queue = client.transaction().await?;
    let take = "select id from batch where not done order by id limit 1 for update skip locked";
    let Some(batch) = queue.query_opt(take, &[]).await? else {
        let open = "select exists (select from batch where not done)";
        return Ok(match queue.query_one(open, &[]).await?.get(0) {
            true => Next::Wait,
            false => Next::End,
        });
    };
    let batch: i64 = batch.get(0);
    // The same leads in the same order for whoever takes the batch over.
    let leads = "select position, name, email from lead where batch = $1 order by position";
    let leads = queue.query(leads, &[&batch]).await?;
    let leads = leads.iter().map(|row| {
        let (position, name, email): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        (position, NewLead::named(name).email(email))
    });
    let leads: Vec<_> = leads.collect();
    let journal = PostgresJournal::new(database, format!("batch {batch}"))?;
    let mut run = copper.bulk_create_leads(keyed(leads)).journal(journal);
    while let Some(item) = run.next().await {
        let outcome = match item.outcome {
            Outcome::Done(lead) => format!("done {}", lead.id.0),
            Outcome::Rejected(why) => format!("rejected: {why}"),
            Outcome::NotSent(why) => format!("not sent: {why}"),
            Outcome::Unknown(why) => format!("unknown: {why}"),
        };
        let write = "update lead set outcome = $1 where batch = $2 and position = $3";
        queue.execute(write, &[&outcome, &batch, &item.key]).await?;
    }
    if let Some(why) = run.stopped_by() {
        // Nothing is committed. The next worker goes on with the journal.
        return Err(format!("batch {batch}: {why}").into());
    }
    let close = "update batch set done = true where id = $1";
    queue.execute(close, &[&batch]).await?;
    queue.commit().await?;
    Ok(Next::Batch)
}
