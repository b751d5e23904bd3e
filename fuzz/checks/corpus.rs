//! The corpus: a sample of what the fuzzers have tried, and all that they have found.

use std::{fs, path::Path};

/// Runs a check on each file of a target's corpus.
pub fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files = fs::read_dir(corpus).expect("a corpus");
    let mut count = 0;
    for file in files {
        let path = file.expect("a file").path();
        // Shown when the check fails.
        println!("{}", path.display());
        check(&fs::read(&path).expect("its bytes"));
        count += 1;
    }
    assert!(count > 0, "no file for {target}");
}
