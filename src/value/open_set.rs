//! Reads a member of an open set. It copies the text only if the member is not documented.

use std::{fmt, marker::PhantomData};

use serde::{Deserializer, de};

/// The member with this text.
pub(crate) fn member<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<String> + for<'a> From<&'a str>,
{
    deserializer.deserialize_str(Member(PhantomData))
}

struct Member<T>(PhantomData<T>);

impl<T: From<String> + for<'a> From<&'a str>> de::Visitor<'_> for Member<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<T, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::types::PhoneCategory;

    #[test]
    fn a_member_is_read_from_any_text_and_from_nothing_else() {
        for (text, member) in [
            ("mobile", PhoneCategory::Mobile),
            ("car", PhoneCategory::Unlisted("car".to_owned())),
            ("Mobile", PhoneCategory::Unlisted("Mobile".to_owned())),
        ] {
            let of_text: PhoneCategory =
                serde_json::from_str(&format!("\"{text}\"")).expect("a member");
            let escaped = format!("\"\\u{:04x}{}\"", u32::from(text.as_bytes()[0]), &text[1..]);
            let of_escaped: PhoneCategory = serde_json::from_str(&escaped).expect("a member");
            let of_value: PhoneCategory = serde_json::from_value(json!(text)).expect("a member");
            assert_eq!(
                [of_text, of_escaped, of_value],
                [(); 3].map(|()| member.clone())
            );
            assert_eq!(json!(member), text);
        }
        let error = serde_json::from_str::<PhoneCategory>("7").expect_err("it is a number");
        let words = "invalid type: integer `7`, expected a string at line 1 column 1";
        assert_eq!(error.to_string(), words);
    }
}
