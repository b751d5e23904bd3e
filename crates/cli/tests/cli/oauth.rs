//! An OAuth token in the environment, in place of a key and its owner's address.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use super::*;

#[test]
fn an_oauth_token_is_taken_in_place_of_a_key() {
    let folder = Folder::new("oauth");
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_copper"))
        .args(["sandbox", "--port", "0", "--until-eof"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(sandbox.stdout.take().expect("its output")).lines();
    let mut told = lines.map_while(Result::ok);
    let mut variable = |name: &str| {
        let export = format!("export {name}=");
        let line = told.find(|line| line.contains(&export)).expect(name);
        line.trim().replace(&export, "")
    };
    let url = variable("COPPER_BASE_URL");
    let token = variable("COPPER_ACCESS_TOKEN");

    let leads = folder.write("leads.csv", "name\nJim\nPam\n");
    let ran = run(importer()
        .args(["--live", &leads])
        .env("COPPER_OAUTH_TOKEN", &token)
        .env("COPPER_BASE_URL", &url));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("2 done"), "{}", ran.stdout);

    drop(sandbox.stdin.take());
    assert!(sandbox.wait().expect("it ends").success());
}
