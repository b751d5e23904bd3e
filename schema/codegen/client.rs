//! Runs progenitor on the document, and adds to its text what is missing. The types and the client that sends
//! them become two texts, because they belong to two layers.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use progenitor::{CrateVers, GenerationSettings, Generator, HooksMode, InterfaceStyle, TypePatch};
use quote::quote;
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};

use crate::{
    calls::{self, Calls},
    constructors,
    document::Document,
    extensions::resolved,
    readers, sets, setters,
};

/// The generated texts.
pub struct Generated {
    /// The types of requests and responses.
    pub types: String,
    /// The client, with one method for each operation.
    pub client: String,
    /// The methods of the handle that are not written by hand.
    pub calls: Calls,
}

/// Runs the generator.
pub fn generate(document: &Document) -> Result<Generated, String> {
    let spec = serde_json::from_value(resolved(&document.json))
        .map_err(|e| format!("this is not an OpenAPI document: {e}"))?;
    // The names of all types are known only after a first pass. In the second one, each type gets its
    // `JsonSchema` behind the feature. The text is the same whether the feature is on or off.
    let mut settings = settings();
    let mut first = Generator::new(&settings);
    caught(|| first.generate_tokens(&spec))?;
    for name in first.get_type_space().iter_types().map(|ty| ty.name()) {
        settings.with_patch(name.clone(), &patch(document, &name));
    }
    let tokens = caught(|| Generator::new(&settings).generate_tokens(&spec))?;
    let mut file: syn::File =
        syn::parse2(tokens).map_err(|e| format!("the generated text is not Rust: {e}"))?;
    DescribeExtra.visit_file_mut(&mut file);
    ThreeStates.visit_file_mut(&mut file);
    Finite.visit_file_mut(&mut file);
    WholeAnswer::default().visit_file_mut(&mut file);
    constructors::add(document, &mut file);
    setters::add(document, &mut file);
    readers::add(document, &mut file);
    let types = take_types(&mut file).ok_or("the generated text has no types")?;
    let sets: syn::File = syn::parse2(sets::generate(document))
        .map_err(|e| format!("the sets made of this document are not Rust: {e}"))?;
    Ok(Generated {
        types: text(types.into_iter().chain(sets.items).collect()),
        calls: calls::generate(document, &file.items)?,
        client: text(file.items),
    })
}

fn text(items: Vec<syn::Item>) -> String {
    prettyplease::unparse(&syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items,
    })
}

/// Takes the types out of the generator's text, and removes code that nobody calls.
fn take_types(file: &mut syn::File) -> Option<Vec<syn::Item>> {
    let mut types = None;
    file.items.retain_mut(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => {
            types = module.content.take().map(|(_, items)| items);
            false
        }
        syn::Item::Mod(module) => module.ident != "prelude",
        syn::Item::Impl(item) => {
            // It unwraps, and sends requests without our settings.
            item.items.retain(
                |item| !matches!(item, syn::ImplItem::Fn(method) if method.sig.ident == "new"),
            );
            true
        }
        _ => true,
    });
    types
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::client::Hooks))
        .with_crate("copper-crm", CrateVers::Any, None)
        .with_derive("PartialEq");
    settings
}

/// progenitor reports some errors in a document with a panic. Its message is useful, its backtrace is not.
fn caught<T, E: Display>(generate: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(generate));
    set_hook(hook);
    match result {
        Ok(generated) => generated.map_err(|e| format!("the generator refuses this document: {e}")),
        Err(panic) => {
            let words = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!(
                "the generator can't handle this document: {}",
                words.unwrap_or("it gave no reason")
            ))
        }
    }
}

fn patch(document: &Document, name: &str) -> TypePatch {
    let mut patch = TypePatch::default();
    patch.with_attr("#[cfg_attr(feature = \"schemars\", derive(::schemars::JsonSchema))]");
    let Some((_, schema)) = document.schemas().find(|(schema, _)| *schema == name) else {
        return patch;
    };
    if schema.get("type").and_then(Value::as_str) == Some("integer") {
        for derive in ["Copy", "Eq", "Hash", "PartialOrd", "Ord"] {
            patch.with_derive(derive);
        }
    } else if needs_default(schema) {
        patch.with_derive("Default");
    }
    patch
}

/// True if a struct can be created empty: all its required fields are texts.
fn needs_default(schema: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    let text = |field| {
        let kind = schema.pointer(&format!("/properties/{field}/type"));
        kind.and_then(Value::as_str) == Some("string")
    };
    schema.get("properties").is_some() && required.all(text)
}

/// The generator gives the map of unknown fields no documentation.
struct DescribeExtra;

impl VisitMut for DescribeExtra {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        let undocumented = !field.attrs.iter().any(|a| a.path().is_ident("doc"));
        if undocumented && field.ident.as_ref().is_some_and(|ident| ident == "extra") {
            field.attrs.insert(0, syn::parse_quote!(#[doc = "Fields that the schema does not name, or whose value could not be read, as they are on the wire."]));
        }
    }
}

/// The generator makes every field that is not required an `Option`. A `Patch` has a state for that.
struct ThreeStates;

impl VisitMut for ThreeStates {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        let Some(patch) = optional(&field.ty).filter(|ty| is_patch(ty)).cloned() else {
            return;
        };
        field.ty = patch;
        field
            .attrs
            .retain(|attribute| !attribute.path().is_ident("serde"));
        field
            .attrs
            .push(syn::parse_quote!(#[serde(default, skip_serializing_if = "::copper_crm::Patch::is_keep")]));
    }
}

/// Numbers that JSON can't hold would be written as `null`.
struct Finite;

impl VisitMut for Finite {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        let ty = &field.ty;
        let attribute: syn::Attribute = if is_float(ty) {
            syn::parse_quote!(#[serde(serialize_with = "crate::value::finite::number")])
        } else if optional(ty).is_some_and(is_float) {
            syn::parse_quote!(#[serde(serialize_with = "crate::value::finite::option")])
        } else if inside(ty, "Patch").is_some_and(is_float) {
            syn::parse_quote!(#[serde(serialize_with = "crate::value::finite::patch")])
        } else {
            return;
        };
        field.attrs.push(attribute);
    }
}

fn is_float(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident("f64"))
}

/// The generator reads a bulk answer item by item. Reading it as a whole is faster.
#[derive(Default)]
struct WholeAnswer {
    /// True inside a method that returns one.
    within: bool,
}

impl VisitMut for WholeAnswer {
    fn visit_impl_item_fn_mut(&mut self, method: &mut syn::ImplItemFn) {
        self.within = false;
        // The return type is visited before the body.
        visit_mut::visit_impl_item_fn_mut(self, method);
    }

    fn visit_expr_path_mut(&mut self, called: &mut syn::ExprPath) {
        let name = called.path.segments.last();
        if self.within && name.is_some_and(|name| name.ident == "from_response") {
            *called = syn::parse_quote!(crate::item::Items::of_response);
        }
    }

    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        let record = inside(ty, "Vec").and_then(|item| inside(item, "Item"));
        match record.cloned() {
            Some(record) => {
                *ty = syn::parse_quote!(crate::item::Items<#record>);
                self.within = true;
            }
            None => visit_mut::visit_type_mut(self, ty),
        }
    }
}

/// The inner type, if the type is an `Option`.
fn optional(ty: &syn::Type) -> Option<&syn::Type> {
    inside(ty, "Option")
}

/// The inner type, if the type has this name.
pub fn inside<'a>(ty: &'a syn::Type, name: &str) -> Option<&'a syn::Type> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn is_patch(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Patch"))
}
