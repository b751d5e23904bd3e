//! The files and output of one run of the importer.

use std::process::Output;

#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    #[track_caller]
    pub fn ended(&self, code: i32, stdout: &str) {
        let ended = (self.code, self.stdout.as_str());
        assert_eq!(ended, (Some(code), stdout), "{}", self.stderr);
    }

    #[track_caller]
    pub fn told(&self, words: &str) {
        assert!(
            self.stderr.contains(words),
            "{words:?} is not in:\n{}",
            self.stderr
        );
    }

    #[track_caller]
    pub fn did_not_tell(&self, words: &str) {
        assert!(
            !self.stderr.contains(words),
            "{words:?} is in:\n{}",
            self.stderr
        );
    }
}
