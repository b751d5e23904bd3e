//! The corpus: a sample of the fuzzers' inputs, and everything that they have found.

use std::{fs, path::Path};

/// Runs a check on each file of a target's corpus.
pub fn replay(target: &str, check: fn(&[u8])) {
    // Of the package that replays it, which lies in the workspace's root or two folders below.
    let files = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find_map(|root| fs::read_dir(root.join("tools/fuzz/corpus").join(target)).ok())
        .expect("a corpus");
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
