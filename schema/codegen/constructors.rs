//! Gives every type with required fields a `new` that takes exactly these, in the order in which the document
//! requires them.

use quote::quote;
use serde_json::Value;

use crate::document::Document;

/// Adds the constructors to the generated types.
pub fn add(document: &Document, file: &mut syn::File) {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let Some((_, items)) = types else { return };
    let constructors: Vec<syn::Item> = items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Struct(item) => constructor(document, item),
            _ => None,
        })
        .collect();
    items.extend(constructors);
}

fn constructor(document: &Document, item: &syn::ItemStruct) -> Option<syn::Item> {
    let name = &item.ident;
    let (_, schema) = document
        .schemas()
        .find(|(schema, _)| name == schema.as_str())?;
    let required: Vec<&str> = schema
        .get("required")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let field_of = |property: &str| {
        // A property whose name is a keyword of Rust has an underscore at its end.
        let word = format!("{property}_");
        item.fields.iter().find(|field| {
            field
                .ident
                .as_ref()
                .is_some_and(|ident| ident == property || *ident == word)
        })
    };
    let required: Vec<&syn::Field> = required.into_iter().map(field_of).collect::<Option<_>>()?;
    let takes = required.iter().map(|field| {
        let (ident, ty) = (&field.ident, &field.ty);
        quote!(#ident: impl Into<#ty>)
    });
    let sets = item.fields.iter().map(|field| {
        let ident = &field.ident;
        if required.iter().any(|other| other.ident == *ident) {
            quote!(#ident: #ident.into())
        } else {
            quote!(#ident: ::std::default::Default::default())
        }
    });
    let constructor = syn::parse2(quote! {
        impl #name {
            #[doc = "One with what it requires, and nothing else yet."]
            pub fn new(#(#takes),*) -> Self { Self { #(#sets),* } }
        }
    });
    constructor.ok()
}
