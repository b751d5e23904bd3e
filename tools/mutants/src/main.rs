//! Tries all mutants of a build at once. `cargo mutants` builds the crate again for each mutant, which takes
//! hours here. This tool puts all mutants that it lists into one build, and selects one at run time
//! (`MUTANT=7 test-program`). For each it runs only the test programs that reach it.
//!
//!   mutants-at-once LIST.json TREE [cargo test arguments…]
//!
//! LIST.json is of `cargo mutants --list --json`; TREE is a copy of the crate, which is written to.

mod build;
mod listed;
mod run;
mod weave;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use listed::Mutant;
use run::{Fate, Program};

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let mut next = |what: &str| args.next().unwrap_or_else(|| panic!("{what} is missing"));
    let (list, tree) = (next("the list"), PathBuf::from(next("the tree")));
    let arguments: Vec<String> = args.collect();
    let mutants = listed::read(&list);
    println!("{} mutants", mutants.len());

    let dropped = match env::var_os("MUTANTS_AGAIN") {
        Some(_) => weave::missing(&tree, &mutants),
        None => weave_all(&tree, &mutants, &arguments),
    };
    let mut untried: Vec<&str> = Vec::new();
    for mutant in mutants.iter().filter(|it| dropped.contains(&it.id)) {
        untried.push(&mutant.name);
    }
    fs::write(tree.join("../untried"), untried.join("\n")).expect("a list");
    let programs = build::programs(&tree, &arguments);
    let only = env::var("MUTANTS_ONLY").unwrap_or_default();
    let is_asked_for = |mutant: &Mutant| only.split(';').any(|part| mutant.name.contains(part));
    let mut left: Vec<(&Mutant, bool)> = Vec::new();
    for mutant in mutants
        .iter()
        .filter(|it| !dropped.contains(&it.id) && is_asked_for(it))
    {
        left.push((mutant, false));
    }
    let tried = left.len();
    // What the quickest program catches is no work for the slower ones.
    let mut slow = 0;
    let parts = programs.into_iter().flat_map(|path| {
        let parts = run::parts(&tree, &path);
        parts.into_iter().map(move |part| (path.clone(), part))
    });
    for (path, part) in parts {
        let program = Program::new(&tree, path, part);
        let fates = program.fates(left.iter().map(|(mutant, _)| mutant.id));
        let mut fates = fates.into_iter();
        left.retain_mut(|(mutant, reached)| match fates.next().expect("a fate") {
            Fate::Caught => false,
            Fate::TimedOut => {
                slow += 1;
                println!("time-out: {}", mutant.name);
                false
            }
            Fate::Survived => {
                *reached = true;
                true
            }
            Fate::Unreached => true,
        });
        println!("{program}: {} of {tried} left", left.len());
        // A run that is cut short is not for nothing.
        let names: Vec<&str> = left.iter().map(|(it, _)| it.name.as_str()).collect();
        fs::write(tree.join("../left"), names.join("\n")).expect("a list");
    }
    for (mutant, reached) in &left {
        let how = if *reached { "survived" } else { "unreached" };
        println!("{how}: {}", mutant.name);
    }
    let caught = tried - left.len();
    println!(
        "{} mutants: {} do not compile, {tried} tried: {caught} caught ({slow} by a time-out), {} survived \
        ({:.1} % caught)",
        mutants.len(),
        dropped.len(),
        left.len(),
        100.0 * caught as f64 / tried.max(1) as f64,
    );
    ExitCode::from(u8::from(!left.is_empty()))
}

/// Puts them into the tree. Mutants that do not compile next to the original are removed, until the rest
/// compiles.
fn weave_all(tree: &Path, mutants: &[Mutant], arguments: &[String]) -> BTreeSet<usize> {
    let mut dropped = BTreeSet::new();
    loop {
        let woven = weave::all(tree, mutants, &dropped);
        dropped.extend(woven.left_out.iter().copied());
        let faults = build::check(tree, arguments);
        if faults.is_empty() {
            return dropped;
        }
        let at_fault = woven.at(&faults);
        assert!(
            !at_fault.is_empty(),
            "the tree does not compile: {faults:#?}"
        );
        println!("{} do not compile", at_fault.len());
        dropped.extend(at_fault);
    }
}
