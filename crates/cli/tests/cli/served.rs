//! `copper sandbox`: a Copper of its own, at the address that its user names.

use std::process::Stdio;

use super::*;

fn served(args: &[&str]) -> ran::Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command
        .args(["sandbox", "--port=0", "--until-eof"])
        .args(args)
        .stdin(Stdio::null());
    run(&mut command)
}

#[test]
fn it_listens_on_this_machine_alone_unless_another_address_is_named() {
    let at = |ran: &ran::Ran, url: &str| {
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.contains(url), "{url}: {}", ran.stdout);
    };
    at(&served(&[]), "COPPER_BASE_URL=http://127.0.0.1:");
    if cfg!(target_os = "linux") {
        at(
            &served(&["--host", "127.0.0.2"]),
            "COPPER_BASE_URL=http://127.0.0.2:",
        );
    }
    let ran = served(&["--host", "copper.example"]);
    assert_eq!(ran.code, Some(2));
    ran.told("--host");
}
