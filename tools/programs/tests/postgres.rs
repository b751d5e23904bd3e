//! The nightly job over PostgreSQL, killed and started again. The test starts a server of its own, and is skipped where
//! there is none, unless `COPPER_CRM_REQUIRE_SERVERS` is set.

mod support;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use copper_crm_sandbox::Sandbox;
use support::{emails, holds, program, said};
use tempfile::{TempDir, tempdir};
use tokio_postgres::{Client, NoTls};

/// A PostgreSQL server on a socket in a folder of its own, which ends when it is dropped.
struct Server {
    folder: TempDir,
    process: Child,
}

impl Server {
    fn start(programs: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = tempdir()?;
        let user = user(folder.path())?;
        let data = folder.path().join("data");
        let output = as_user(user, &programs.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--no-sync", "-D"])
            .arg(&data)
            .output()?;
        if !output.status.success() {
            return Err(said(&output).into());
        }
        let process = as_user(user, &programs.join("postgres"))
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { folder, process })
    }

    fn url(&self) -> String {
        format!(
            "host={} user=postgres dbname=postgres",
            self.folder.path().display()
        )
    }

    /// Connects as soon as the server is up.
    async fn connect(&mut self) -> Client {
        loop {
            if let Ok((client, connection)) = tokio_postgres::connect(&self.url(), NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            assert_eq!(
                self.process.try_wait().expect("its state"),
                None,
                "it ended"
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The one that `setpriv` has become.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    programs
        .filter(|folder| folder.join("initdb").exists())
        .max()
}

/// PostgreSQL refuses to run as root. Root gives the folder to the user whom the package has made for it.
fn user(folder: &Path) -> Result<Option<&'static str>, Box<dyn Error>> {
    let id = Command::new("id").arg("-u").output()?;
    if id.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    let given = Command::new("chown").arg("postgres").arg(folder).status()?;
    given
        .success()
        .then_some(Some("postgres"))
        .ok_or("there is no user `postgres`".into())
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    // It becomes the program, so that a signal to it is one to the program.
    let mut command = Command::new("setpriv");
    let user = [format!("--reuid={user}"), format!("--regid={user}")];
    command
        .args(user)
        .arg("--clear-groups")
        .arg(program)
        .current_dir("/");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nightly_job_over_postgresql_that_is_killed_goes_on_and_creates_each_lead_once() {
    const CUSTOMERS: i64 = 90;
    let Some(programs) = programs() else {
        let required = env::var_os("COPPER_CRM_REQUIRE_SERVERS").is_some();
        assert!(!required, "PostgreSQL is not installed");
        println!("skipped: PostgreSQL is not installed");
        return;
    };
    let mut server = Server::start(&programs).expect("a server");
    let database = server.connect().await;
    let table = "create table customer (
        id bigint generated always as identity primary key,
        name text not null, email text, title text, lead_id bigint)";
    database.batch_execute(table).await.expect("a table");
    let insert = "insert into customer (name, email, title)
        select 'Customer ' || n, n || '@example.com', case when n % 2 = 0 then 'Clerk' end
        from generate_series(1, $1::bigint) n";
    database
        .execute(insert, &[&CUSTOMERS])
        .await
        .expect("customers");

    let sandbox = Sandbox::start().await.expect("a sandbox");
    let journals = tempdir().expect("a folder");
    let start = || -> Child {
        program(env!("CARGO_BIN_EXE_nightly_postgres"), &sandbox)
            .args([server.url().as_ref(), journals.path()])
            .env("SEARCH_LAG_SECONDS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let mut killed = start();
    holds(&sandbox, 30).await;
    killed.kill().expect("it is killed");
    killed.wait().expect("it is gone");
    // Whoever comes after the batch was frozen is for the next night.
    let late = "insert into customer (name) values ('Late')";
    database.execute(late, &[]).await.expect("a customer");

    let output = start().wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(emails(&sandbox).len() as i64, CUSTOMERS);
    let leads = sandbox.leads();
    let rows = "select email, title, lead_id from customer where name <> 'Late'";
    for row in database.query(rows, &[]).await.expect("rows") {
        let id: i64 = row.try_get("lead_id").expect("each has its lead");
        let lead = leads
            .iter()
            .find(|lead| lead["id"] == id)
            .expect("it is there");
        assert_eq!(lead["email"]["email"], row.get::<_, &str>("email"));
        assert_eq!(lead["title"].as_str(), row.get::<_, Option<&str>>("title"));
    }
    let next = start().wait_with_output().expect("it ends");
    assert!(said(&next).contains("1 leads: 1 done"), "{}", said(&next));
    assert_eq!(
        fs::read_dir(journals.path()).expect("the folder").count(),
        0
    );
}
