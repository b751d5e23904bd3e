//! Writes the constants that the generator does not read from the document: limits, headers, operations, and
//! which types are records.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    document::Document,
    operations::{Bulk, Operation},
};

/// The text of the constants.
pub fn generate(document: &Document) -> Result<String, String> {
    let Document {
        base_url,
        size_limit_message,
        ..
    } = document;
    let headers = headers(document);
    let none_id = document.none_id;
    let search = search(document);
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
    let hints = document
        .invalid_hints()
        .into_iter()
        .map(|(field, hint)| quote!((#field, #hint)));
    let records = document.records().into_iter().map(|output| {
        let output = format_ident!("{output}");
        quote! {
            #[allow(clippy::useless_conversion, reason = "an id may be a plain number or a type of its own")]
            impl Record for types::#output {
                fn id(&self) -> i64 { self.id.into() }
                fn extra(&self) -> &Extra { &self.extra }
            }
            impl Parts for types::#output {
                fn of_id(id: i64) -> Option<Self> { serde_json::from_slice(format!("{{\"id\":{id}}}").as_bytes()).ok() }
                fn extra_mut(&mut self) -> &mut Extra { &mut self.extra }
            }
        }
    });
    let tokens = quote! {
        #[doc = "The default base URL of the API."]
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
        #[doc = "The rules of fields that Copper only calls invalid."]
        pub const INVALID_HINTS: &[(&str, &str)] = &[#(#hints),*];
        #(#records)*
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

/// The name of the operation's constant.
pub fn constant(operation: &Operation) -> syn::Ident {
    format_ident!("{}", operation.id.to_uppercase())
}

fn operation(operation: &Operation) -> TokenStream {
    let Operation {
        id, method, path, ..
    } = operation;
    let idempotency = format_ident!("{}", operation.idempotency);
    let bulk = match &operation.bulk {
        Some(Bulk { key, max_items, .. }) => {
            let max_items = *max_items as usize;
            quote!(Some(Bulk { key: #key, max_items: #max_items }))
        }
        None => quote!(None),
    };
    let has_answer = operation.has_answer;
    quote!(Operation { id: #id, method: #method, path: #path, idempotency: Idempotency::#idempotency, bulk: #bulk, has_answer: #has_answer })
}
