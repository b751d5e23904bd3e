//! A worker: takes a batch from a queue, loads it into Copper, and writes the outcome of each lead into the queue.
//! Start any number of workers, on any machines. Each can be killed at any moment: another worker takes its batch over.

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

/// The pause before a worker looks for a batch again, if others have taken all open ones.
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
    /// Others have taken all open batches. Look again later, because a worker may die and leave its batch.
    Wait,
    End,
}

/// Takes one batch and loads it.
pub async fn work(copper: &Copper, database: &str) -> Result<Next, Box<dyn Error>> {
    let (mut client, connection) = tokio_postgres::connect(database, NoTls).await?;
    spawn(connection);
    // This transaction locks the batch. The lock ends with the transaction, or when the worker dies.
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
    // Each worker that takes the batch over gets the same leads in the same order.
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
        // Nothing is committed. The next worker continues with the journal.
        return Err(format!("batch {batch}: {why}").into());
    }
    let close = "update batch set done = true where id = $1";
    queue.execute(close, &[&batch]).await?;
    queue.commit().await?;
    Ok(Next::Batch)
}
