//! Writes an enum for each open set of the document: its documented members by name, and a variant for
//! members that Copper may add.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::{document::Document, extensions::open_set};

/// The enums' text.
pub fn generate(document: &Document) -> TokenStream {
    let sets = document
        .schemas()
        .filter_map(|(name, schema)| Some(set(name, schema, &open_set(schema)?)));
    quote!(#(#sets)*)
}

fn set(name: &str, schema: &Value, members: &[&str]) -> TokenStream {
    let description = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let description = format!("{description} An open set: Copper may add members.");
    let name = format_ident!("{name}");
    let variants: Vec<_> = members
        .iter()
        .map(|member| format_ident!("{}", pascal(member)))
        .collect();
    let docs = members.iter().map(|member| format!("`{member}`."));
    quote! {
        #[doc = #description]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema), schemars(with = "String"))]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #docs] #variants,)*
            #[doc = "One that is not documented."]
            Unlisted(String),
        }
        impl #name {
            #[doc = "The member as it is on the wire."]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #members,)*
                    Self::Unlisted(text) => text,
                }
            }
            fn documented(text: &str) -> Option<Self> {
                match text {
                    #(#members => Some(Self::#variants),)*
                    _ => None,
                }
            }
        }
        impl From<String> for #name {
            fn from(text: String) -> Self {
                Self::documented(&text).unwrap_or(Self::Unlisted(text))
            }
        }
        impl From<&str> for #name {
            fn from(text: &str) -> Self {
                Self::documented(text).unwrap_or_else(|| Self::Unlisted(text.to_owned()))
            }
        }
        impl ::serde::Serialize for #name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                crate::value::open_set::member(from)
            }
        }
        impl From<#name> for String {
            fn from(member: #name) -> Self { member.as_str().to_owned() }
        }
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }
    }
}

fn pascal(member: &str) -> String {
    member
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first
                .into_iter()
                .chain(letters.map(|letter| letter.to_ascii_lowercase()))
                .collect::<String>()
        })
        .collect()
}
