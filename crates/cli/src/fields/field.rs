//! A field of a kind of records: the names of its column, the parser of its cells, and its place in the
//! record, in the form of Copper's API.

use serde_json::{Map, Value};

use super::cell;

pub const NAME: &str = "name";
pub const FAX: &str = "fax";
pub const CUSTOM_FIELDS: &str = "custom_fields";

#[derive(Debug)]
pub struct Field {
    pub names: &'static [&'static str],
    pub place: Place,
    read: Read,
}

/// Parses a cell that is not blank. The error does not quote it.
type Read = fn(Value) -> Result<Value, String>;

#[derive(Clone, Copy, Debug)]
pub enum Place {
    Key(&'static str),
    /// A key of an object in the record.
    Within(&'static str, &'static str),
    /// One or more items of a list in the record.
    List(&'static str),
    /// The id of something that the cell names.
    Named(Names, &'static str),
    /// A part of the name: first, middle and last one, in this order.
    NamePart(u8),
    /// A part of a home address, which becomes the address of a record without another one.
    Home(&'static str),
}

/// The kinds of names that Copper wants as ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    Status,
    Source,
    Owner,
    ContactType,
    Pipeline,
    Stage,
    LossReason,
}

/// The type of the cells, for columns whose cells can only be read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellType {
    Plain,
    Email,
    Phone,
    Link,
    Tags,
    Amount,
    /// A date that Copper expects as month/day/year.
    Date,
    /// An object of the API, or the text of a street.
    Address,
}

/// The lists and the address, which an update replaces as a whole.
const REPLACED_WHOLE: [&str; 5] = ["address", "phone_numbers", "socials", "tags", "websites"];

pub const ADDRESS: &[Field] = &[
    address_part("street", &["street"]),
    address_part("city", &["city"]),
    address_part("state", &["state"]),
    address_part("postal_code", &["postal_code"]),
    address_part("country", &["country"]),
    Field::key(&["address"], cell::address),
];

/// The parts of a home address, for tables that have two addresses.
pub const HOME_ADDRESS: &[Field] = &[
    home("street", &["home_street"]),
    home("city", &["home_city"]),
    home("state", &["home_state"]),
    home("postal_code", &["home_postal_code"]),
    home("country", &["home_country"]),
];

const fn home(part: &'static str, names: &'static [&'static str]) -> Field {
    Field::new(names, Place::Home(part), cell::text)
}

/// The parts of a name, for tables without the whole name.
pub const NAME_PARTS: &[Field] = &[
    Field::new(&["first_name"], Place::NamePart(0), cell::word),
    Field::new(&["middle_name"], Place::NamePart(1), cell::word),
    Field::new(&["last_name"], Place::NamePart(2), cell::word),
];

/// Phone numbers by kind, web sites and social profiles, each a plain text.
pub const REACHES: &[Field] = &[
    Field::new(
        &["mobile_phone"],
        Place::List("phone_numbers"),
        cell::mobile_phone,
    ),
    Field::new(
        &["home_phone"],
        Place::List("phone_numbers"),
        cell::home_phone,
    ),
    Field::new(
        &["other_phone"],
        Place::List("phone_numbers"),
        cell::other_phone,
    ),
    // Copper has no kind for it.
    Field::new(&[FAX], Place::List("phone_numbers"), cell::other_phone),
    Field::new(&["website"], Place::List("websites"), cell::website),
    Field::new(&["linkedin"], Place::List("socials"), cell::linkedin),
    Field::new(&["twitter"], Place::List("socials"), cell::twitter),
    Field::new(&["facebook"], Place::List("socials"), cell::facebook),
    Field::new(&["youtube"], Place::List("socials"), cell::youtube),
    Field::new(
        &["other_social"],
        Place::List("socials"),
        cell::other_social,
    ),
];

const fn address_part(part: &'static str, names: &'static [&'static str]) -> Field {
    Field::new(names, Place::Within("address", part), cell::text)
}

/// The fields that people and companies share.
pub const CONTACT: &[Field] = &[
    Field::TAGS,
    Field::id(&["assignee_id"]),
    Field::id(&["contact_type_id"]),
    Field::CUSTOM_FIELDS,
    Field::PHONES,
    Field::SOCIALS,
    Field::WEBSITES,
    Field::OWNER,
    Field::CONTACT_TYPE,
];

impl Field {
    pub const NAME: Self = Self::key(&[NAME], cell::name);
    pub const PHONE: Self = Self::new(&["phone"], Place::List("phone_numbers"), cell::phone);
    pub const PHONES: Self = Self::new(
        &["phone_numbers"],
        Place::List("phone_numbers"),
        cell::phones,
    );
    pub const COMPANY: Self = Self::new(
        &["company", "company_name"],
        Place::Key("company_name"),
        cell::text,
    );
    pub const TITLE: Self = Self::key(&["title"], cell::text);
    pub const DETAILS: Self = Self::key(&["details"], cell::text);
    pub const TAGS: Self = Self::key(&["tags"], cell::tags);
    pub const SOCIALS: Self = Self::key(&["socials"], cell::socials);
    pub const WEBSITES: Self = Self::key(&["websites"], cell::websites);
    pub const MONETARY_VALUE: Self = Self::key(&["monetary_value"], cell::number);
    pub const CUSTOM_FIELDS: Self = Self::new(
        &[CUSTOM_FIELDS],
        Place::List(CUSTOM_FIELDS),
        cell::custom_fields,
    );

    pub const OWNER: Self = Self::named(Names::Owner, "assignee_id");
    pub const SOURCE: Self = Self::named(Names::Source, "customer_source_id");
    pub const STATUS: Self = Self::named(Names::Status, "status_id");
    pub const CONTACT_TYPE: Self = Self::named(Names::ContactType, "contact_type_id");

    /// A column with the names of things that the API identifies by id.
    pub const fn named(of: Names, key: &'static str) -> Self {
        let names: &'static [&'static str] = match of {
            Names::Status => &["status"],
            Names::Source => &["source"],
            Names::Owner => &["owner"],
            Names::ContactType => &["contact_type"],
            Names::Pipeline => &["pipeline"],
            Names::Stage => &["pipeline_stage"],
            Names::LossReason => &["loss_reason"],
        };
        Self::new(names, Place::Named(of, key), cell::word)
    }

    pub const fn new(names: &'static [&'static str], place: Place, read: Read) -> Self {
        Self { names, place, read }
    }

    /// A column with a name that the API has as well.
    pub const fn key(names: &'static [&'static str], read: Read) -> Self {
        Self::new(names, Place::Key(names[0]), read)
    }

    pub const fn id(names: &'static [&'static str]) -> Self {
        Self::key(names, cell::id)
    }

    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The list or object of the record that this field fills, if an update replaces it as a whole.
    pub fn replaced_whole(&self) -> Option<&'static str> {
        let key = match self.place {
            Place::Key(key) | Place::Within(key, _) | Place::List(key) => key,
            Place::Home(_) => "address",
            Place::Named(..) | Place::NamePart(_) => return None,
        };
        REPLACED_WHOLE.contains(&key).then_some(key)
    }

    /// Reads one cell into the record. A name is always sent. All other cells that are empty or blank are not
    /// sent.
    pub fn set(&self, record: &mut Map<String, Value>, cell: Value) -> Result<(), String> {
        if cell::is_blank(&cell) && self.name() != NAME {
            return Ok(());
        }
        let value = (self.read)(cell)?;
        match self.place {
            Place::Key(key) => once(record, key, value),
            Place::Within(key, part) => {
                let object = record.entry(key).or_insert_with(|| Map::new().into());
                let object = object.as_object_mut().ok_or_else(twice)?;
                once(object, part, value)
            }
            Place::List(key) => append(record, key, value),
            // The other forms are not part of the record itself.
            Place::Named(_, key) => once(record, key, value),
            Place::NamePart(_) | Place::Home(_) => Ok(()),
        }
    }

    /// The category of the entries of a list, if this column is for one category alone.
    pub fn category(&self) -> Option<String> {
        let Place::List(_) = self.place else {
            return None;
        };
        let entry = (self.read)("x".into()).ok()?;
        Some(entry.get("category")?.as_str()?.to_owned())
    }

    /// Returns true if a record has room for the cells of several such columns.
    pub fn takes_several(&self) -> bool {
        matches!(self.place, Place::List(_))
    }

    pub fn cell_type(&self) -> CellType {
        match (self.name(), self.place) {
            ("email" | "emails", _) => CellType::Email,
            ("tags", _) => CellType::Tags,
            ("monetary_value", _) => CellType::Amount,
            ("close_date", _) => CellType::Date,
            ("address", _) => CellType::Address,
            ("phone_numbers" | "websites" | "socials", _) => CellType::Plain,
            (_, Place::List("phone_numbers")) => CellType::Phone,
            (_, Place::List("websites" | "socials")) => CellType::Link,
            _ => CellType::Plain,
        }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

impl Eq for Field {}

/// Adds one item, or all of a list, to a list of the record.
pub fn append(record: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), String> {
    let list = record
        .entry(key)
        .or_insert_with(|| Value::Array(Vec::new()));
    let list = list.as_array_mut().ok_or_else(twice)?;
    match value {
        Value::Array(items) => list.extend(items),
        item => list.push(item),
    }
    Ok(())
}

fn once(object: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), String> {
    if object.contains_key(key) {
        return Err(twice());
    }
    object.insert(key.to_owned(), value);
    Ok(())
}

fn twice() -> String {
    "is given twice, once as a column of its own".to_owned()
}
