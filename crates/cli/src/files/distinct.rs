//! The files of one command, which must all be different, however they are spelled.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{args::import::Args, display::escape, read::format::UNKNOWN};

/// A file, by the option that names it.
struct Named {
    option: &'static str,
    path: PathBuf,
}

/// The path for records in doubt, next to a rejects file.
pub fn unknown(rejects: &Path) -> PathBuf {
    let mut unknown = OsString::from(rejects);
    unknown.push(".");
    unknown.push(UNKNOWN);
    unknown.into()
}

/// Refuses a command in which two files are the same. `plan` is the plan file of a sync.
pub fn check(args: &Args, plan: Option<&Path>) -> Result<(), String> {
    let mut named = vec![Named::new("FILE", &args.file)];
    if let Some(mapping) = &args.mapping_file {
        named.push(Named::new("--mapping", mapping));
    }
    let journal = args.journal.as_ref().and_then(|journal| journal.file());
    let outputs = [
        ("--write-mapping", args.write_mapping.as_deref()),
        ("--journal", journal),
        ("--rejects", args.rejects.as_deref()),
        ("--report", args.report.as_deref()),
        ("--outcomes", args.outcomes.as_deref()),
        ("--plan", plan),
    ];
    for (option, path) in outputs {
        let is_stream = |path: &&Path| option == "--outcomes" && path.as_os_str() == "-";
        let Some(path) = path.filter(|path| !is_stream(path)) else {
            continue;
        };
        if path.as_os_str() == "-" {
            return Err(format!(
                "{option} takes the name of a file, and can't write to standard output."
            ));
        }
        let mut paths = vec![path.to_owned()];
        if option == "--rejects" {
            paths.push(unknown(path));
        }
        for path in paths {
            let new = Named { option, path };
            if let Some(other) = named.iter().find(|other| other.is_same(&new)) {
                return Err(new.refusal(other));
            }
            named.push(new);
        }
    }
    Ok(())
}

impl Named {
    fn new(option: &'static str, path: &Path) -> Self {
        Self {
            option,
            path: path.to_owned(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        resolved(&self.path) == resolved(&other.path) || is_one_file(&self.path, &other.path)
    }

    fn refusal(&self, other: &Self) -> String {
        let (file, option) = (escape::path(&self.path), self.option);
        match other.option {
            "FILE" => {
                format!("{file} is the input; give {option} another name, or rename the input.")
            }
            other => format!(
                "{file} is another file of this import, by {other}; give {option} another name."
            ),
        }
    }
}

/// The absolute name of a file, with links in its folder resolved. The file need not exist.
fn resolved(path: &Path) -> PathBuf {
    let found = fs::canonicalize(path).or_else(|_| {
        let absolute = std::path::absolute(path)?;
        match (absolute.parent(), absolute.file_name()) {
            (Some(folder), Some(name)) => Ok(fs::canonicalize(folder)?.join(name)),
            _ => Ok(absolute),
        }
    });
    let found = found.unwrap_or_else(|_: std::io::Error| path.to_owned());
    match cfg!(any(windows, target_os = "macos")) {
        true => found.to_string_lossy().to_lowercase().into(),
        false => found,
    }
}

/// Returns true if two names are of the same file, such as with a hard link.
#[cfg(unix)]
fn is_one_file(path: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    match (fs::metadata(path), fs::metadata(other)) {
        (Ok(path), Ok(other)) => (path.dev(), path.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_one_file(_: &Path, _: &Path) -> bool {
    false
}
