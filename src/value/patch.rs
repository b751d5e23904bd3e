//! The three states of a field in an update: keep, clear, set. The type makes them visible, so that an update
//! made from a fetched record can't clear a field by accident.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The change that an update makes to one field.
///
/// ```
/// use copper_crm::{Patch, types::LeadUpdate};
///
/// let update = LeadUpdate::default()
///     .details(Patch::Clear)
///     .title("Regional manager")
///     .tags(vec![]);
/// let json = serde_json::to_string(&update)?;
/// assert_eq!(json, r#"{"details":null,"tags":[],"title":"Regional manager"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Keeps the field: it is not in the request.
    #[default]
    Keep,
    /// Clears the field: it is `null`.
    Clear,
    /// Sets the field.
    Set(T),
}

impl<T> Patch<T> {
    /// Returns true if the field is left alone.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Sets the field, or leaves it alone where there is no value. Setters have a twin for it, such as
    /// `maybe_title`.
    ///
    /// ```
    /// use copper_crm::Patch;
    ///
    /// assert_eq!(Patch::set_or_keep(Some(7)), Patch::Set(7));
    /// assert_eq!(Patch::<i64>::set_or_keep(None), Patch::Keep);
    /// ```
    pub fn set_or_keep(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }

    /// Sets the field, or clears it where there is no value: a nullable column whose `NULL` means that Copper is to
    /// have none either.
    ///
    /// ```
    /// use copper_crm::{Patch, types::LeadUpdate};
    ///
    /// let title_in_the_database: Option<String> = None;
    /// let update = LeadUpdate::default().title(Patch::set_or_clear(title_in_the_database));
    /// assert_eq!(update.title, Patch::Clear);
    /// ```
    pub fn set_or_clear(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Self::Set(value.to_owned())
    }
}

impl<T, U: Into<T>, const N: usize> From<[U; N]> for Patch<Vec<T>> {
    fn from(values: [U; N]) -> Self {
        Self::Set(values.map(Into::into).into())
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A field that is present has a value or `null`. For an absent field serde uses the default.
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Patch<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<T>::json_schema(generator)
    }
}
