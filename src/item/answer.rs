//! The items of a bulk answer. Nearly always all have the documented form, so they are read straight into
//! their types, each by its first key. If one does not, the answer is read again, each item by itself, so
//! that the unexpected one affects no other. Both ways give the same result.

use std::{borrow::Cow, fmt, marker::PhantomData};

use progenitor_client::{Error, ResponseValue};
use reqwest::Response;
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor,
        value::MapAccessDeserializer,
    },
};
use serde_json::Value;

use super::{BulkFailure, Item, Record};
use crate::redactor::Secrets;
/// The keys with which a failure begins, and no record does.
const OF_A_FAILURE: [&str; 2] = ["success", "message"];
/// The key with which a failed update may begin as well.
const ID: &str = "id";

/// The items of a bulk answer, if all have the documented form. Reading fails otherwise.
#[derive(Debug)]
pub struct Items<T>(Vec<Item<T>>);

impl<T: Record> Items<T> {
    /// Reads the body of a bulk answer.
    ///
    /// # Errors
    /// When it is not a JSON array.
    pub(crate) fn read(body: &[u8]) -> serde_json::Result<Vec<Item<T>>> {
        // As text, serde_json need not check each of its strings for UTF-8.
        match str::from_utf8(body).map(serde_json::from_str::<Self>) {
            Ok(Ok(Self(items))) => Ok(items),
            _ => serde_json::from_slice(body),
        }
    }

    /// Reads the answer of a generated method, which returns this type.
    pub(crate) async fn of_response(response: Response) -> Result<ResponseValue<Self>, Error<()>> {
        let (status, headers) = (response.status(), response.headers().clone());
        // The code that sent the request has put them there.
        let credentials = response.extensions().get().cloned();
        let body = response.bytes().await.map_err(Error::ResponseBodyError)?;
        match Self::read(&body) {
            Ok(items) => {
                let items = Self(without(items, credentials));
                Ok(ResponseValue::new(items, status, headers))
            }
            Err(error) => Err(Error::InvalidResponsePayload(body, error)),
        }
    }
}

/// The items without these credentials, which a server may quote in a refusal.
fn without<T>(items: Vec<Item<T>>, credentials: Option<Secrets>) -> Vec<Item<T>> {
    let is_done = |item: &Item<T>| matches!(item, Item::Done(_));
    match credentials {
        Some(credentials) if !items.iter().all(is_done) => {
            let items = items.into_iter();
            items.map(|item| item.without(&credentials)).collect()
        }
        _ => items,
    }
}

/// The items in the result of a generated method.
#[expect(
    clippy::result_large_err,
    reason = "the error is the generated client's"
)]
pub(crate) fn items<T: Record>(
    answer: Result<ResponseValue<Items<T>>, Error<()>>,
) -> Result<Vec<Item<T>>, Error<()>> {
    answer.map(|answer| answer.into_inner().0)
}

impl<'de, T: Record> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Plain<T>>::deserialize(deserializer)?;
        Ok(Self(items.into_iter().map(|Plain(item)| item).collect()))
    }
}

/// An item of the documented form.
struct Plain<T>(Item<T>);

impl<'de, T: Record> Deserialize<'de> for Plain<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByFirstKey(PhantomData))
    }
}

struct ByFirstKey<T>(PhantomData<T>);

impl<'de, T: Record> Visitor<'de> for ByFirstKey<T> {
    type Value = Plain<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record or a failure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_key_seed(Key)?;
        let key = first.as_deref().unwrap_or_default();
        let (failed, with_id) = (OF_A_FAILURE.contains(&key), key == ID);
        let mut fields = Fields {
            first,
            map,
            taken: 0,
        };
        let all = MapAccessDeserializer::new(&mut fields);
        let odd = || Err(A::Error::custom("to be read by itself"));
        if failed {
            return match BulkFailure::deserialize(all)? {
                failure if failure.success => odd(),
                failure => Ok(Plain(Item::Failed(failure))),
            };
        }
        let record = T::deserialize(all)?;
        match BulkFailure::of(record.extra()) {
            None if record.id() > 0 => Ok(Plain(Item::Done(Box::new(record)))),
            // A failed update's id was read as the record's. Its other fields would be lost here.
            Some(mut failure) if with_id && fields.taken == record.extra().len() + 1 => {
                failure.id = Some(Value::from(record.id()));
                Ok(Plain(Item::Failed(failure)))
            }
            _ => odd(),
        }
    }
}

/// The fields of an item whose first key has been read.
struct Fields<'de, A> {
    first: Option<Cow<'de, str>>,
    map: A,
    taken: usize,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let key = match self.first.take() {
            Some(first) => Some(seed.deserialize(first.into_deserializer())?),
            // If the object is empty, the first key was the end.
            None if self.taken == 0 => None,
            None => self.map.next_key_seed(seed)?,
        };
        self.taken += usize::from(key.is_some());
        Ok(key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key without copying it.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::Lead;

    /// The same answer, read at once, and item by item.
    fn both(json: &str) -> (Option<String>, Option<String>) {
        let shown = |items: serde_json::Result<Vec<Item<Lead>>>| {
            items.ok().map(|items| {
                let raw = |item: &Item<Lead>| match item {
                    Item::Unreadable { raw, .. } => raw.as_str().to_owned(),
                    _ => String::new(),
                };
                format!("{items:?} {:?}", items.iter().map(raw).collect::<Vec<_>>())
            })
        };
        let body = json.as_bytes();
        (
            shown(Items::read(body)),
            shown(serde_json::from_slice(body)),
        )
    }

    fn is_read_at_once(json: &str) -> bool {
        serde_json::from_str::<Items<Lead>>(json).is_ok()
    }

    #[test]
    fn what_is_documented_is_read_at_once() {
        assert!(is_read_at_once("[]"));
        for item in [
            r#"{"id":7}"#,
            r#"{"name":"Jim","id":7,"tags":["a"],"new_field":{"a":[1]}}"#,
            r#"{"id":7,"success":true}"#,
            r#"{"\u0069d":7}"#,
            r#"{"success":false,"message":{"name":[{"error":"invalid"}]}}"#,
            r#"{"success":false,"id":12345,"message":{}}"#,
            r#"{"message":"a text","success":false}"#,
            r#"{"id":12345,"success":false,"message":{},"new_field":1}"#,
        ] {
            let json = format!(r#"[{{"id":1}},{item},{{"id":2}}]"#);
            assert!(is_read_at_once(&json), "{json}");
            let (read, by_itself) = both(&json);
            assert_eq!(read, by_itself);
        }
    }

    #[test]
    fn what_is_odd_is_read_by_itself() {
        let (open, close) = ("[".repeat(500), "]".repeat(500));
        let nested = format!(r#"{{"id":7,"new":{open}1{close}}}"#);
        for item in [
            "null",
            "{}",
            "[]",
            r#""success""#,
            r#"{"id":0}"#,
            r#"{"id":"7"}"#,
            r#"{"id":7,"tags":"x"}"#,
            r#"{"id":7,"name":"a","name":"b"}"#,
            r#"{"id":7,"id":8}"#,
            r#"{"id":7,"name":"Jim","success":false}"#,
            r#"{"name":"Jim","id":7,"success":false}"#,
            r#"{"name":"Jim","success":false,"message":[1]}"#,
            r#"{"id":7,"new":1,"new":2,"success":false}"#,
            r#"{"success":true,"id":7}"#,
            r#"{"message":"Jim's","id":7}"#,
            r#"{"success":"false","id":7}"#,
            r#"{"success":false,"success":true,"id":7}"#,
            r#"{"success":false,"new":1e999}"#,
            r#"{"id":7,"name":"\ud800"}"#,
            nested.as_str(),
        ] {
            let json = format!(r#"[{{"id":1}},{item},{{"id":2}}]"#);
            assert!(!is_read_at_once(&json), "{json}");
            let (read, by_itself) = both(&json);
            assert!(read.is_some(), "{json}");
            assert_eq!(read, by_itself);
        }
    }

    #[test]
    fn what_is_no_array_is_no_answer() {
        for body in [&b"{}"[..], b"[{}", b"", b"[] []", b"[\"\xff\"]", b"null"] {
            assert!(Items::<Lead>::read(body).is_err());
        }
    }

    fn value() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "false",
            "true",
            "null",
            "7",
            "-1",
            "1e999",
            r#""Jim""#,
            r#""\ud800""#,
            r#"["a",1]"#,
            r#"{"email":"jim@example.com"}"#,
            r#"{"name":[{"error":"invalid"}]}"#,
        ])
    }

    fn item() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec![
            "id", "success", "message", "name", "tags", "email", "new", r"\u0069d",
        ]);
        let fields = prop::collection::vec((key, value()), 0..5);
        let object = fields.prop_map(|fields| {
            let fields = fields
                .iter()
                .map(|(key, value)| format!(r#""{key}":{value}"#));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        });
        prop_oneof![9 => object, 1 => value().prop_map(str::to_owned)]
    }

    proptest! {
        #[test]
        fn either_way_comes_to_the_same(items in prop::collection::vec(item(), 0..4)) {
            let (read, by_itself) = both(&format!("[{}]", items.join(",")));
            prop_assert_eq!(read, by_itself);
        }
    }
}
