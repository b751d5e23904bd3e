//! A serializer that writes nothing, for a dry run: it fails only if a part of the value does, and names the part.

use std::fmt::{self, Display};

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use serde_json::Value;

/// Serialises to nothing. It takes any key of a map: those of records are strings, since the schema knows no
/// others.
pub(super) struct DrySerializer;

/// The first part that can't be written.
#[derive(Debug)]
pub(super) struct Unwritten {
    /// The way to it, as in `custom_fields[1].value`. Empty if it is the whole value.
    pub(super) path: String,
    /// The reason.
    pub(super) reason: String,
}

impl Unwritten {
    /// The same, seen from the value that holds this part.
    fn within(self, part: impl Into<String>) -> Self {
        let mut path = part.into();
        if !self.path.is_empty() && !self.path.starts_with('[') {
            path.push('.');
        }
        path.push_str(&self.path);
        Self { path, ..self }
    }
}

impl serde::ser::Error for Unwritten {
    fn custom<T: Display>(reason: T) -> Self {
        Self {
            path: String::new(),
            reason: reason.to_string(),
        }
    }
}

impl Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl std::error::Error for Unwritten {}

type Result<T = ()> = std::result::Result<T, Unwritten>;

/// Values without parts.
macro_rules! scalars {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result {
            Ok(())
        })*
    };
}

/// Values around one other.
macro_rules! wrappers {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method<T: Serialize + ?Sized>(self, $(_: $argument,)* value: &T) -> Result {
            value.serialize(self)
        })*
    };
}

/// Values of many parts.
macro_rules! compounds {
    ($($compound:ident $method:ident($($argument:ty),*);)*) => {
        $(type $compound = Parts;

        fn $method(self, $(_: $argument),*) -> Result<Parts> {
            Ok(Parts { before: 0 })
        })*
    };
}

impl Serializer for DrySerializer {
    type Ok = ();
    type Error = Unwritten;

    scalars! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    wrappers! {
        serialize_some();
        serialize_newtype_struct(&'static str);
        serialize_newtype_variant(&'static str, u32, &'static str);
    }

    compounds! {
        SerializeSeq serialize_seq(Option<usize>);
        SerializeTuple serialize_tuple(usize);
        SerializeTupleStruct serialize_tuple_struct(&'static str, usize);
        SerializeTupleVariant serialize_tuple_variant(&'static str, u32, &'static str, usize);
        SerializeMap serialize_map(Option<usize>);
        SerializeStruct serialize_struct(&'static str, usize);
        SerializeStructVariant serialize_struct_variant(&'static str, u32, &'static str, usize);
    }
}

/// The parts of a value.
pub(super) struct Parts {
    /// The number of those before the next one.
    before: usize,
}

impl Parts {
    fn element<T: Serialize + ?Sized>(&mut self, part: &T) -> Result {
        let at = self.before;
        self.before += 1;
        let written = part.serialize(DrySerializer);
        written.map_err(|unwritten| unwritten.within(format!("[{at}]")))
    }
}

/// Parts that have a place.
macro_rules! elements {
    ($($compound:ident $method:ident;)*) => {
        $(impl $compound for Parts {
            type Ok = ();
            type Error = Unwritten;

            fn $method<T: Serialize + ?Sized>(&mut self, part: &T) -> Result {
                self.element(part)
            }

            fn end(self) -> Result {
                Ok(())
            }
        })*
    };
}

elements! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// Parts that have a name.
macro_rules! fields {
    ($($compound:ident)*) => {
        $(impl $compound for Parts {
            type Ok = ();
            type Error = Unwritten;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, part: &T) -> Result {
                let written = part.serialize(DrySerializer);
                written.map_err(|unwritten| unwritten.within(name))
            }

            fn end(self) -> Result {
                Ok(())
            }
        })*
    };
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Parts {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        key.serialize(DrySerializer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, part: &T) -> Result {
        part.serialize(DrySerializer)
    }

    fn serialize_entry<K, V>(&mut self, key: &K, part: &V) -> Result
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        self.serialize_key(key)?;
        let written = self.serialize_value(part);
        written.map_err(|unwritten| match serde_json::to_value(key) {
            Ok(Value::String(name)) => unwritten.within(name),
            _ => unwritten,
        })
    }

    fn end(self) -> Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, num, prelude::*};
    use serde_json::{
        Value,
        value::{RawValue, to_raw_value},
    };

    use super::*;
    use crate::{
        CustomValue, NewLead,
        types::{CustomField, LeadId, LeadUpdate},
        value::{Update, finite},
    };

    /// True if the value can be written. Checks that serde_json agrees.
    #[track_caller]
    fn is_written(value: &impl Serialize) -> bool {
        let is_written = value.serialize(DrySerializer).is_ok();
        assert_eq!(is_written, serde_json::to_vec(value).is_ok());
        is_written
    }

    #[derive(Clone, Copy, Serialize)]
    struct Number(#[serde(serialize_with = "finite::number")] f64);

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Pair<T>(T, T);

    #[derive(Serialize)]
    struct Named<T> {
        first: T,
        second: T,
    }

    #[derive(Serialize)]
    enum Variant<T> {
        Unit,
        Newtype(T),
        Tuple(T, T),
        Struct { first: T, second: T },
    }

    struct Bytes;

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"bytes")
        }
    }

    #[test]
    fn scalars_are_written() {
        let signed = (true, 1_i8, 2_i16, 3_i32, 4_i64, 5_i128);
        let unsigned = (1_u8, 2_u16, 3_u32, 4_u64, 5_u128);
        let others = (0.5_f32, f64::NAN, 'c', "text", Bytes);
        let units = (None::<u8>, (), Unit, Variant::<()>::Unit);
        assert!(is_written(&(signed, unsigned, others, units)));
        let raw: Box<RawValue> = to_raw_value(&[1.5]).expect("JSON");
        assert!(is_written(&raw));
    }

    #[test]
    fn a_value_of_any_shape_is_written_if_all_its_parts_are() {
        let fine = Number(1.0);
        for (number, expected) in [(0.5, true), (f64::NAN, false)] {
            let part = Number(number);
            assert_eq!(is_written(&Some(part)), expected);
            assert_eq!(is_written(&vec![fine, part]), expected);
            assert_eq!(is_written(&(fine, part)), expected);
            assert_eq!(is_written(&Pair(fine, part)), expected);
            let (first, second) = (fine, part);
            assert_eq!(is_written(&Named { first, second }), expected);
            let map = BTreeMap::from([("first", first), ("second", second)]);
            assert_eq!(is_written(&map), expected);
            assert_eq!(is_written(&Update::new(part, map)), expected);
            assert_eq!(is_written(&Variant::Newtype(part)), expected);
            assert_eq!(is_written(&Variant::Tuple(fine, part)), expected);
            assert_eq!(is_written(&Variant::Struct { first, second }), expected);
        }
        assert!(!is_written(&Update::new(1, 2)), "a number has no fields");
    }

    /// Numbers, of which some can't be held by JSON.
    fn numbers() -> impl Strategy<Value = f64> {
        prop_oneof![8 => num::f64::NORMAL, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
    }

    fn custom_values() -> impl Strategy<Value = CustomValue> {
        let json = prop_oneof![
            any::<Option<bool>>().prop_map(|it| it.map_or(Value::Null, Value::Bool)),
            num::f64::NORMAL.prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        let json = json.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Value::from),
                vec((".*", inner), 0..3).prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        });
        prop_oneof![
            numbers().prop_map(CustomValue::from),
            json.prop_map(CustomValue::from),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn records_are_written_if_serde_json_writes_them(
            name in ".*",
            value in proptest::option::of(numbers()),
            custom in vec(custom_values(), 0..4),
        ) {
            let (mut lead, mut update) = (NewLead::named(name), LeadUpdate::default());
            if let Some(value) = value {
                (lead, update) = (lead.monetary_value(value), update.monetary_value(value));
            }
            for value in custom {
                lead = lead.custom_field(CustomField::new(7).value(value));
            }
            is_written(&Update::new(LeadId(1), update));
            is_written(&lead);
        }
    }
}
