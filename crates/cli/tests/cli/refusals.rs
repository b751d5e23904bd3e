//! Arguments that can't be used: nothing is sent.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn unusable_arguments_end_with_2_and_nothing_is_sent() {
    let folder = Folder::new("arguments");
    let sandbox = sandbox().await;
    let leads = folder.write("leads.csv", "name\nJim\n");
    let missing = folder.path("missing.csv");
    let nowhere = folder.path("nowhere/rejects.csv");
    let notes = folder.write(
        "notes.csv",
        "name,index,outcome,reason\nJim,0,rejected,name: invalid\n",
    );
    for (args, told) in [
        (&[][..], "arguments were not provided:\n  <FILE>"),
        (&[missing.as_str()], "can't be read"),
        (&[&leads, &leads], "unexpected argument"),
        (&[&leads, "--frobnicate"], "--frobnicate"),
        (&[&leads, "--chunk-size", "0"], "whole number from 1"),
        (&[&leads, "--rejects", "rejects.json"], "must end in .csv"),
        (&[&leads, "--rejects", &leads], "is the input"),
        (&[&leads, "--rejects", &notes], "is there already"),
        (&[&leads, "--rejects", &nowhere], "can't be written"),
    ] {
        let ran = load(&sandbox, args).await;
        ran.ended(2, "");
        ran.told(told);
        ran.told("Nothing was sent.");
    }
    assert!(sent(&sandbox).is_empty());
    assert!(folder.read("notes.csv").contains("Jim"));

    let ran = run(importer().args([&leads, "--journal", &missing]));
    ran.ended(2, "");
    ran.told("the sandbox in this process forgets its records");
    ran.told("copper sandbox");
    assert!(!folder.has("missing.csv"), "there is no journal");

    let ran = run(importer().args([&leads, "--live"]));
    ran.ended(2, "");
    ran.told("COPPER_ACCESS_TOKEN");
}
