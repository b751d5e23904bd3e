//! The command that started this process, quoted for a shell.

use std::env;

use super::escape::is_active;

pub fn this() -> String {
    let words = env::args_os().map(|word| quoted(&word.to_string_lossy()));
    words.collect::<Vec<_>>().join(" ")
}

/// Quotes a word if a shell would change it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-=:,+@%".contains(c);
    if cfg!(windows) {
        match !word.is_empty() && word.chars().all(is_plain) {
            true => word.to_owned(),
            false => format!("\"{word}\""),
        }
    } else if word.chars().any(is_active) {
        // Bash and similar shells read these escapes. In plain quotes, the text could control the terminal.
        let escaped: String = word.chars().map(ansi_c).collect();
        format!("$'{escaped}'")
    } else if !word.is_empty() && word.chars().all(|c| is_plain(c) && c != '\\') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn ansi_c(c: char) -> String {
    match c {
        '\'' | '\\' => format!("\\{c}"),
        c if is_active(c) => format!("\\U{:08x}", u32::from(c)),
        c => c.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_quoted_word_as_it_was() {
        for word in ["a.csv", "", "my leads.csv", "Zoë's $HOME", "a\\b", "*"] {
            let shell = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(word))])
                .output();
            let output = shell.expect("a shell").stdout;
            assert_eq!(String::from_utf8_lossy(&output), word);
        }
        assert_eq!(quoted("--rejects=/a/b-1.csv"), "--rejects=/a/b-1.csv");
    }
}
