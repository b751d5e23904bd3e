//! Writes what the generator does not read from the document: limits, headers, operations, and for
//! each bulk operation the few lines that put it through the one pipeline.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::{
    document::Document,
    operations::{Bulk, Operation},
    sets,
};

/// The text of the constants and of the bulk endpoints' traits.
pub fn generate(document: &Document) -> Result<String, String> {
    let Document {
        base_url,
        size_limit_message,
        ..
    } = document;
    let headers = headers(document);
    let none_id = document.none_id;
    let search = search(document);
    let sets = sets::generate(document);
    let limits = document.rate_limits.iter().map(|limit| {
        let applies_to = if limit.bulk_only { quote!(Bulk) } else { quote!(All) };
        let (requests, seconds) = (limit.requests as u32, limit.seconds);
        quote!(Limit { applies_to: AppliesTo::#applies_to, requests: #requests, window: Duration::from_secs(#seconds) })
    });
    let operations = document.operations.iter().map(operation);
    let ids = document
        .operations
        .iter()
        .enumerate()
        .map(|(n, operation)| {
            let (name, id) = (constant(operation), &operation.id);
            quote!(#[doc = #id] pub const #name: &Operation = &OPERATIONS[#n];)
        });
    let endpoints = document
        .operations
        .iter()
        .filter_map(|operation| Some(endpoint(document, operation, operation.bulk.as_ref()?)));
    let mut outputs: Vec<_> = document
        .operations
        .iter()
        .filter_map(|o| o.bulk.as_ref())
        .map(|bulk| &bulk.output)
        .collect();
    outputs.sort();
    outputs.dedup();
    let records = outputs.into_iter().map(|output| {
        let output = format_ident!("{output}");
        quote! {
            impl Record for types::#output {
                fn id(&self) -> i64 { self.id.0 }
                fn of_id(id: i64) -> Option<Self> { serde_json::from_value(serde_json::json!({ "id": id })).ok() }
                fn extra(&self) -> &Extra { &self.extra }
                fn extra_mut(&mut self) -> &mut Extra { &mut self.extra }
            }
        }
    });
    let tokens = quote! {
        #[doc = "Where the API is served, unless told otherwise."]
        pub const BASE_URL: &str = #base_url;
        #[doc = "How Copper's message about too large a bulk request starts, up to the number."]
        pub const SIZE_LIMIT_MESSAGE: &str = #size_limit_message;
        #headers
        #[doc = "The id that stands for nobody or nothing in a search."]
        pub const NONE_ID: i64 = #none_id;
        #search
        #[doc = "The documented rate limits."]
        pub const RATE_LIMITS: &[Limit] = &[#(#limits),*];
        #[doc = "Every operation of the schema."]
        pub const OPERATIONS: &[Operation] = &[#(#operations),*];
        #[doc = "The operations by name."]
        pub mod operation {
            use super::{OPERATIONS, Operation};
            #(#ids)*
        }
        #(#endpoints)*
        #(#records)*
        #[doc = "The open sets."]
        pub mod sets {
            #sets
        }
    };
    let file = syn::parse2(tokens)
        .map_err(|e| format!("the constants made of this document are not Rust: {e}"))?;
    Ok(prettyplease::unparse(&file))
}

fn headers(document: &Document) -> TokenStream {
    let headers = &document.headers;
    let lower = |name: &str| name.to_lowercase();
    let (token, email, application) = (
        lower(&headers.access_token),
        lower(&headers.user_email),
        lower(&headers.application),
    );
    let value = &headers.application_value;
    quote! {
        #[doc = "The headers of every request."]
        pub mod header {
            #[doc = "Carries the API key."]
            pub const ACCESS_TOKEN: &str = #token;
            #[doc = "Carries the e-mail address of the key's owner."]
            pub const USER_EMAIL: &str = #email;
            #[doc = "Carries `APPLICATION_VALUE`."]
            pub const APPLICATION: &str = #application;
            #[doc = "Always the same."]
            pub const APPLICATION_VALUE: &str = #value;
        }
    }
}

fn search(document: &Document) -> TokenStream {
    let search = &document.search;
    let (header, page, most) = (
        search.total_header.to_lowercase(),
        search.largest_page,
        search.most_records,
    );
    quote! {
        #[doc = "The limits of a search."]
        pub mod search {
            #[doc = "Carries an upper bound of how many records match."]
            pub const TOTAL_HEADER: &str = #header;
            #[doc = "The most records of one page."]
            pub const LARGEST_PAGE: i64 = #page;
            #[doc = "The most records of a search that can be reached."]
            pub const MOST_RECORDS: i64 = #most;
        }
    }
}

fn constant(operation: &Operation) -> syn::Ident {
    format_ident!("{}", operation.id.to_uppercase())
}

fn operation(operation: &Operation) -> TokenStream {
    let Operation {
        id, method, path, ..
    } = operation;
    let repeat = if operation.repeat_always {
        quote!(Always)
    } else {
        quote!(IfRefused)
    };
    let bulk = match &operation.bulk {
        Some(Bulk { key, max_items, .. }) => {
            let max_items = *max_items as usize;
            quote!(Some(Bulk { key: #key, max_items: #max_items }))
        }
        None => quote!(None),
    };
    quote!(Operation { id: #id, method: #method, path: #path, repeat: Repeat::#repeat, bulk: #bulk })
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
            fn unwrap(self) -> Vec<Self::Input> { self.#key }
            async fn send(client: &Client, request: &Self) -> Answer<Self::Output> { items(client.#method(#computed request).await) }
        }
    }
}

/// The type of a schema: a handwritten one where `x-rust-type` names it.
fn rust_type(document: &Document, name: &str) -> TokenStream {
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
