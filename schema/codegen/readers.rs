//! Adds methods to generated types: `custom_field` to records, which reads a field by its id, and `is_empty` to
//! updates.

use quote::quote;

use crate::{client::inside, document::Document};

/// Adds these methods to the generated types.
pub fn add(document: &Document, file: &mut syn::File) {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let Some((_, items)) = types else { return };
    let records = document.records();
    let mut added: Vec<syn::Item> = Vec::new();
    for item in items.iter() {
        let syn::Item::Struct(item) = item else {
            continue;
        };
        if records.iter().any(|record| item.ident == record) {
            added.extend(custom_field(item));
        }
        added.extend(is_empty(item));
    }
    items.extend(added);
}

fn custom_field(item: &syn::ItemStruct) -> Option<syn::Item> {
    let name = &item.ident;
    let is_there = item.fields.iter().any(|field| {
        let is_named = field
            .ident
            .as_ref()
            .is_some_and(|ident| ident == "custom_fields");
        is_named && inside(&field.ty, "Option").is_some()
    });
    if !is_there {
        return None;
    }
    syn::parse2(quote! {
        impl #name {
            #[doc = " Returns the value of this custom field, if it has one. Copper lists each field of the account, also those without a value."]
            pub fn custom_field(&self, id: impl Into<CustomFieldDefinitionId>) -> Option<&::copper_crm::CustomValue> {
                let id = id.into();
                let mut fields = self.custom_fields.iter().flatten();
                fields.find(|field| field.custom_field_definition_id == id)?.value.as_ref()
            }
        }
    })
    .ok()
}

/// The method `is_empty`, if the type is an update: if all its fields are patches.
fn is_empty(item: &syn::ItemStruct) -> Option<syn::Item> {
    let name = &item.ident;
    let named = |field: &&syn::Field| field.ident.as_ref().is_some_and(|ident| ident != "extra");
    let patches: Vec<_> = item.fields.iter().filter(named).collect();
    let is_update = !patches.is_empty()
        && patches
            .iter()
            .all(|field| inside(&field.ty, "Patch").is_some());
    if !is_update {
        return None;
    }
    let fields = patches.iter().map(|field| &field.ident);
    // Each field has its own statement, so that a new field adds a line and changes none.
    let extra = match patches.len() < item.fields.len() {
        true => quote!(self.extra.is_empty()),
        false => quote!(true),
    };
    syn::parse2(quote! {
        impl #name {
            #[doc = " Returns true if it changes nothing: every field is left alone."]
            pub fn is_empty(&self) -> bool {
                let mut is_empty = #extra;
                #(is_empty &= self.#fields.is_keep();)*
                is_empty
            }
        }
    })
    .ok()
}
