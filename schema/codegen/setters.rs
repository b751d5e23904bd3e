//! Gives request types one setter for each field that they do not require:
//! `NewLead::named("Pam").email("pam@example.com").tag("sample")`.
//!
//! The rule is the same for all: a setter has the name of its field and takes anything that converts to its
//! value. A list is set from any iterator, and gets a second setter, in the singular, that adds one value. Each
//! setter has a twin, `maybe_…`, that takes an `Option`, such as a nullable column of a database. If a type
//! requires only one text, a text converts to the type. If it has one property beside the required one, a pair does.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::Document;

/// Adds the setters, and the conversions that they rely on, to the generated types.
pub fn add(document: &Document, file: &mut syn::File) {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let Some((_, items)) = types else { return };
    let sent = sent(document);
    let mut added = Vec::new();
    for item in items.iter() {
        let syn::Item::Struct(item) = item else {
            continue;
        };
        let name = item.ident.to_string();
        let Some(schema) = document.schema(&name).filter(|_| sent.contains(&name)) else {
            continue;
        };
        added.extend(setters(schema, item));
        added.extend(named(schema, item));
        added.extend(from_text(schema, item));
        added.extend(from_pair(schema, item));
    }
    items.extend(
        added
            .into_iter()
            .filter_map(|tokens| syn::parse2::<syn::File>(tokens).ok())
            .flat_map(|file| file.items),
    );
}

/// The schemas that requests contain.
fn sent(document: &Document) -> BTreeSet<String> {
    let paths = document.json.get("paths").and_then(Value::as_object);
    let operations = paths
        .into_iter()
        .flat_map(|paths| paths.values())
        .filter_map(Value::as_object)
        .flat_map(|path| path.values());
    let mut sent = BTreeSet::new();
    for body in operations.filter_map(|operation| operation.get("requestBody")) {
        refer(document, body, &mut sent);
    }
    sent
}

/// Adds all schemas that `value` refers to, and those that these refer to.
fn refer(document: &Document, value: &Value, to: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|path| path.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && to.insert(name.to_owned())
                && let Some(schema) = document.schema(name)
            {
                refer(document, schema, to);
            }
            object.values().for_each(|value| refer(document, value, to));
        }
        Value::Array(list) => list.iter().for_each(|value| refer(document, value, to)),
        _ => {}
    }
}

fn required(schema: &Value) -> Vec<&str> {
    let required = schema.get("required").and_then(Value::as_array);
    required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn setters(schema: &Value, item: &syn::ItemStruct) -> Option<TokenStream> {
    let name = &item.ident;
    let required = required(schema);
    let properties = schema.get("properties")?.as_object()?;
    let setters: Vec<TokenStream> = item
        .fields
        .iter()
        .filter(|field| {
            let name = field.ident.as_ref().map(ToString::to_string);
            // A property whose name is a keyword of Rust has an underscore at its end.
            name.is_some_and(|name| {
                let name = name.trim_end_matches('_');
                properties.contains_key(name) && !required.contains(&name)
            })
        })
        .filter_map(|field| setter(item, field))
        .collect();
    (!setters.is_empty()).then(|| quote!(impl #name { #(#setters)* }))
}

fn setter(item: &syn::ItemStruct, field: &syn::Field) -> Option<TokenStream> {
    let ident = field.ident.as_ref()?;
    let docs = field.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let docs = quote!(#(#docs)* #[must_use]);
    let (kind, ty) = inside(&field.ty).unwrap_or((String::new(), &field.ty));
    let into = quote!(impl Into<#ty>);
    Some(match kind.as_str() {
        "Option" => {
            let maybe = maybe(ident, &into);
            quote! {
                #docs
                pub fn #ident(mut self, #ident: #into) -> Self {
                    self.#ident = Some(#ident.into());
                    self
                }
                #maybe
            }
        }
        "Vec" => {
            let one = singular(item, &ident.to_string()).map(|one| {
                let doc = format!(" Adds one to [`{ident}`](Self::{ident}).");
                let maybe = maybe(&one, &into);
                quote! {
                    #[doc = #doc]
                    #[must_use]
                    pub fn #one(mut self, #one: #into) -> Self {
                        self.#ident.push(#one.into());
                        self
                    }
                    #maybe
                }
            });
            let list = quote!(impl IntoIterator<Item: Into<#ty>>);
            let maybe = maybe(ident, &list);
            quote! {
                #docs
                pub fn #ident(mut self, #ident: #list) -> Self {
                    self.#ident = #ident.into_iter().map(Into::into).collect();
                    self
                }
                #maybe
                #one
            }
        }
        _ => {
            let ty = &field.ty;
            let into = quote!(impl Into<#ty>);
            let maybe = maybe(ident, &into);
            quote! {
                #docs
                pub fn #ident(mut self, #ident: #into) -> Self {
                    self.#ident = #ident.into();
                    self
                }
                #maybe
            }
        }
    })
}

/// The twin of a setter, which takes what may be missing.
fn maybe(setter: &syn::Ident, takes: &TokenStream) -> TokenStream {
    let name = setter.to_string();
    let twin = format_ident!("maybe_{}", name.trim_end_matches('_'));
    let doc =
        format!(" Calls [`{name}`](Self::{name}) if there is a value. `None` changes nothing.");
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn #twin(self, #setter: Option<#takes>) -> Self {
            match #setter {
                Some(#setter) => self.#setter(#setter),
                None => self,
            }
        }
    }
}

/// The singular name of a list, unless another field has it.
fn singular(item: &syn::ItemStruct, list: &str) -> Option<syn::Ident> {
    let one = format_ident!("{}", list.strip_suffix('s')?);
    let taken = item
        .fields
        .iter()
        .any(|field| field.ident.as_ref() == Some(&one));
    (!taken).then_some(one)
}

/// A type that requires only a name gets a constructor from that name.
fn named(schema: &Value, item: &syn::ItemStruct) -> Option<TokenStream> {
    let name = &item.ident;
    (required(schema) == ["name"]).then(|| {
        quote! {
            impl #name {
                #[doc = " One with this name, and nothing else yet."]
                pub fn named(name: impl Into<::std::string::String>) -> Self { Self::new(name) }
            }
        }
    })
}

fn from_text(schema: &Value, item: &syn::ItemStruct) -> Option<TokenStream> {
    let name = &item.ident;
    let [property] = required(schema)[..] else {
        return None;
    };
    let is_text = schema.pointer(&format!("/properties/{property}/type"))? == "string";
    // A record is more than its name; the other types can be made from their text.
    (is_text && property != "name").then(|| {
        quote! {
            impl ::std::convert::From<&str> for #name {
                fn from(text: &str) -> Self { Self::new(text) }
            }
            impl ::std::convert::From<::std::string::String> for #name {
                fn from(text: ::std::string::String) -> Self { Self::new(text) }
            }
            impl ::std::convert::From<&str> for ::copper_crm::Patch<#name> {
                fn from(text: &str) -> Self { Self::Set(text.into()) }
            }
        }
    })
}

/// A type of two properties, the first of which is all that it requires, is made of a pair.
fn from_pair(schema: &Value, item: &syn::ItemStruct) -> Option<TokenStream> {
    let name = &item.ident;
    let [property] = required(schema)[..] else {
        return None;
    };
    let properties = schema.get("properties")?.as_object()?;
    if properties.len() != 2 {
        return None;
    }
    let field_of = |is_first: bool| {
        item.fields.iter().find(|field| {
            let name = field.ident.as_ref().map(ToString::to_string);
            let name = name.as_deref().map(|name| name.trim_end_matches('_'));
            name.is_some_and(|name| properties.contains_key(name) && (name == property) == is_first)
        })
    };
    let (first, second) = (field_of(true)?, field_of(false)?);
    let ((kind, other), setter) = (inside(&second.ty)?, second.ident.as_ref()?);
    let first = &first.ty;
    let doc = format!(" One with its `{property}` and its `{}`.", setter);
    (kind == "Option").then(|| {
        quote! {
            impl<A: Into<#first>, B: Into<#other>> ::std::convert::From<(A, B)> for #name {
                #[doc = #doc]
                fn from((first, second): (A, B)) -> Self { Self::new(first).#setter(second) }
            }
            impl<A: Into<#first>, B: Into<#other>> ::std::convert::From<(A, B)> for ::copper_crm::Patch<#name> {
                fn from(pair: (A, B)) -> Self { Self::Set(pair.into()) }
            }
        }
    })
}

/// The outer type's name and the one type in its angle brackets, if there is one.
fn inside(ty: &syn::Type) -> Option<(String, &syn::Type)> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) => Some((last.ident.to_string(), ty)),
        _ => None,
    }
}
