//! Queries of a test, which can wait for their answer on any thread.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
};

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row, types::ToSql};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static CLIENTS: Mutex<Option<HashMap<String, Arc<Client>>>> = Mutex::new(None);

/// Waits for a future on another thread, also within a runtime.
pub fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let builder = builder.worker_threads(1).enable_all();
        builder.build().expect("a runtime")
    });
    let (give, take) = mpsc::channel();
    runtime.spawn(async move {
        let _ = give.send(future.await);
    });
    take.recv().expect("it ends well")
}

/// Connects, or returns the reason of the failure.
pub fn try_connect(url: &str) -> Result<Client, String> {
    let url = url.to_owned();
    wait(async move {
        match tokio_postgres::connect(&url, NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                Ok(client)
            }
            Err(error) => Err(error.to_string()),
        }
    })
}

/// The rows that a query on the server at this URL returns.
pub fn rows(url: &str, sql: &str, parameters: &[&str]) -> Vec<Row> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let clients = clients.get_or_insert_default();
    if clients.get(url).is_none_or(|client| client.is_closed()) {
        let client = try_connect(url).expect("a connection");
        clients.insert(url.to_owned(), Arc::new(client));
    }
    let client = Arc::clone(&clients[url]);
    let sql = sql.to_owned();
    let parameters: Vec<String> = parameters.iter().map(|text| (*text).to_owned()).collect();
    wait(async move {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|text| text as _).collect();
        client.query(&sql, &parameters).await.expect("rows")
    })
}
