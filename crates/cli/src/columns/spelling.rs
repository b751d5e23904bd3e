//! Spelling of names: two names are the same if their letters and digits are the same, without case or
//! accents.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A name without everything that differs between spellings.
pub fn normalized(name: &str) -> String {
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c));
    letters
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .flat_map(unfolded)
        .collect()
}

/// The replacements for letters that some keyboards lack.
fn unfolded(c: char) -> impl Iterator<Item = char> {
    let text = match c {
        'ß' => "ss",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'ł' => "l",
        'đ' => "d",
        _ => "",
    };
    text.chars().chain(text.is_empty().then_some(c))
}

/// A normalized name with `#` in place of its numbers, and the first number.
pub fn numbered(normalized: &str) -> (String, Option<u32>) {
    let mut pattern = String::new();
    let mut number = String::new();
    let mut is_first = true;
    for c in normalized.chars() {
        if c.is_ascii_digit() {
            if is_first {
                number.push(c);
            }
            if !pattern.ends_with('#') {
                pattern.push('#');
            }
        } else {
            is_first &= number.is_empty();
            pattern.push(c);
        }
    }
    (pattern, number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_and_digits_matter() {
        for (name, same) in [
            (" E-mail 1 - Value", "email1value"),
            ("Postal_Code", "postalcode"),
            ("Prénom", "prenom"),
            ("Straße", "strasse"),
            ("#Tel.", "tel"),
            ("\u{feff}Name", "name"),
            ("姓名", "姓名"),
        ] {
            assert_eq!(normalized(name), same);
        }
    }

    #[test]
    fn numbers_of_a_name_are_told_apart_from_it() {
        let numbered = |name: &str| numbered(name);
        assert_eq!(
            numbered("email12value"),
            ("email#value".to_owned(), Some(12))
        );
        assert_eq!(numbered("a1b2"), ("a#b#".to_owned(), Some(1)));
        assert_eq!(numbered("name"), ("name".to_owned(), None));
    }
}
