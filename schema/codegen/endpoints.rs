//! Writes, for each bulk operation, the few lines that connect it to the one pipeline. They are a separate
//! text, which the layer that owns the trait includes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::{
    constants::constant,
    document::Document,
    operations::{Bulk, Operation},
};

/// The text of the bulk endpoints.
pub fn generate(document: &Document) -> Result<String, String> {
    let endpoints = document
        .operations
        .iter()
        .filter_map(|operation| Some(endpoint(document, operation, operation.bulk.as_ref()?)));
    let file = syn::parse2(quote!(#(#endpoints)*))
        .map_err(|e| format!("the endpoints made of this document are not Rust: {e}"))?;
    Ok(prettyplease::unparse(&file))
}

fn endpoint(document: &Document, operation: &Operation, bulk: &Bulk) -> TokenStream {
    let (request, output) = (
        format_ident!("{}", bulk.request),
        format_ident!("{}", bulk.output),
    );
    let input = rust_type(document, &bulk.input);
    let (key, method, constant) = (
        format_ident!("{}", bulk.key),
        format_ident!("{}", operation.id),
        constant(operation),
    );
    let computed = operation.computed.then(|| quote!(client.inner.computed(),));
    quote! {
        impl Endpoint for types::#request {
            type Input = #input;
            type Output = types::#output;
            type Terms = ();
            const OPERATION: &'static Operation = operation::#constant;
            fn wrap(items: Vec<Self::Input>, (): &()) -> Self { Self { #key: items } }
            fn into_records(self) -> Vec<Self::Input> { self.#key }
            async fn send(client: &Client, request: &Self) -> BulkResult<Self::Output> { items(client.#method(#computed request).await) }
        }
    }
}

/// The type of a schema: a handwritten one if `x-rust-type` names it.
pub fn rust_type(document: &Document, name: &str) -> TokenStream {
    let generated = |name: &str| {
        let name = format_ident!("{name}");
        quote!(types::#name)
    };
    let Some(named) = document
        .schemas()
        .find(|(schema, _)| *schema == name)
        .and_then(|(_, schema)| schema.get("x-rust-type"))
    else {
        return generated(name);
    };
    let path = named
        .get("path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let path: TokenStream = path.parse().unwrap_or_default();
    let parameters = named
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let parameters = parameters.filter_map(|parameter| {
        Some(generated(
            parameter.get("$ref")?.as_str()?.rsplit('/').next()?,
        ))
    });
    quote!(::#path<#(#parameters),*>)
}
