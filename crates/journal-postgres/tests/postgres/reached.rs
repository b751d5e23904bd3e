//! Connections to a server: only with TLS and a trusted certificate, with a password that no message shows, and with a
//! clear error if the server can't be reached.

use copper_crm::bulk::JournalStore;
use copper_crm_journal_postgres::PostgresJournal;

use crate::support::{folder::Folder, query, server, server::Server};

async fn fault(url: &str) -> String {
    let store = PostgresJournal::new(url, "reached").expect("a URL");
    let error = store.lock().await.expect_err("it can't be reached");
    format!("{error} {error:?}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_verified() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let signed = signed.expect("a certificate");
    let server = Server::start();
    server.give("server.crt", &signed.cert.pem());
    server.give("server.key", &signed.signing_key.serialize_pem());
    let url = |query: &str| {
        format!(
            "postgres://postgres@localhost:{}/postgres?{query}",
            server.port()
        )
    };
    // The server does not support TLS yet.
    let text = fault(&url("sslmode=verify-full")).await;
    assert!(text.contains("server does not support TLS"), "{text}");
    assert!(text.contains("add sslmode=disable to the URL"), "{text}");

    let files = server.folder().display();
    for setting in [
        format!("ALTER SYSTEM SET ssl_cert_file = '{files}/server.crt'"),
        format!("ALTER SYSTEM SET ssl_key_file = '{files}/server.key'"),
        "ALTER SYSTEM SET ssl = on".to_owned(),
        "SELECT pg_reload_conf()".to_owned(),
    ] {
        query::rows(&server.url(), &setting, &[]);
    }
    let folder = Folder::new();
    let trusted = folder.file("trusted.pem");
    std::fs::write(&trusted, signed.cert.pem()).expect("it is written");
    let with_root = url(&format!("sslrootcert={}", trusted.display()));
    // The setting takes effect a moment later.
    let encrypted = loop {
        let store = PostgresJournal::new(&with_root, "encrypted").expect("a URL");
        match store.lock().await {
            Ok(()) => break store,
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("server does not support TLS"), "{text}");
            }
        }
    };
    let sessions = "SELECT FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND application_name = 'copper-crm journal'";
    assert_eq!(query::rows(&server.url(), sessions, &[]).len(), 1);
    drop(encrypted);
    let text = fault(&url("sslmode=verify-full")).await;
    assert!(text.contains("invalid peer certificate"), "{text}");
}

#[tokio::test]
async fn a_password_is_used_and_told_nowhere() {
    let url = server::shared().url();
    query::rows(
        &url,
        "DO $$ BEGIN CREATE ROLE jim LOGIN PASSWORD 'a-secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        &[],
    );
    query::rows(
        &url,
        "GRANT SELECT, INSERT, UPDATE ON copper_journal TO jim",
        &[],
    );
    let of = |password: &str| url.replace("postgres@", &format!("jim:{password}@"));
    let store = PostgresJournal::new(&of("a-secret"), "of jim").expect("a URL");
    store.lock().await.expect("the lock");
    let text = fault(&of("wrong-secret")).await;
    assert!(
        text.contains("password authentication failed for user"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
    assert!(text.contains("postgres://jim@127.0.0.1"), "{text}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_not_to_be() {
    // No server listens on this port.
    let text = fault("postgres://jim:a-secret@127.0.0.1:1/crm").await;
    assert!(
        text.contains("postgres://jim@127.0.0.1:1/crm?name=reached"),
        "{text}"
    );
    assert!(text.contains("Connection refused"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
