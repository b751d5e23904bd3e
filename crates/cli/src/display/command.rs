//! The command that started this process, quoted for a shell.

use std::env;

use super::escape::is_active;

/// The command without the passwords of its URLs, for what is printed may be kept in a log.
pub fn this() -> String {
    let words = env::args_os().map(|word| quoted(&without_password(&word.to_string_lossy())));
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

/// The URL of a database, as a word or behind the name of an option, without its password.
fn without_password(word: &str) -> String {
    let schemes = ["postgres://", "postgresql://", "redis://", "rediss://"];
    let begins = schemes.iter().find_map(|scheme| {
        let at = word.find(scheme)?;
        (at == 0 || word[..at].ends_with('=')).then_some(at + scheme.len())
    });
    let Some(begin) = begins else {
        return word.to_owned();
    };
    let (before, url) = word.split_at(begin);
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let place = match place.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{user}@{host}")
        }
        None => place.to_owned(),
    };
    let kept = query
        .split('&')
        .filter(|pair| !pair.starts_with("password="));
    match kept.collect::<Vec<_>>().join("&") {
        query if query.is_empty() => format!("{before}{place}"),
        query => format!("{before}{place}?{query}"),
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

    #[test]
    fn a_command_is_told_without_the_passwords_of_its_urls() {
        for (word, told) in [
            ("leads.csv", "leads.csv"),
            (
                "postgres://jim@db/crm?name=May",
                "postgres://jim@db/crm?name=May",
            ),
            (
                "postgres://jim:geheim@db/crm?name=May",
                "postgres://jim@db/crm?name=May",
            ),
            (
                "--journal=postgresql://jim:geheim@db/crm?password=geheim&name=a",
                "--journal=postgresql://jim@db/crm?name=a",
            ),
            ("rediss://:geheim@redis:6379/0", "rediss://@redis:6379/0"),
        ] {
            assert_eq!(without_password(word), told);
        }
    }
}
