//! Adds a method to each handle for every operation that has no handwritten one, such as an operation that a user adds
//! to a copy of the document. The method takes the arguments of the generator's method, and returns the crate's own
//! error.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};

use crate::{
    client::inside,
    constants::constant,
    document::{Document, text_at},
    endpoints::rust_type,
    operations::{Bulk, Operation},
};

/// The source text of the methods, for each of the two handles.
pub struct Calls {
    pub calls: String,
    pub blocking: String,
}

/// Writes the methods. `client` is the code from the generator.
pub fn generate(document: &Document, client: &[syn::Item]) -> Result<Calls, String> {
    let (mut calls, mut blocking) = (Vec::new(), Vec::new());
    for operation in &document.operations {
        if operation.is_handwritten() {
            continue;
        }
        let call = match &operation.bulk {
            Some(bulk) => run(document, operation, bulk),
            None => call(document, operation, method(client, &operation.id)?)?,
        };
        calls.push(call.method);
        blocking.push(call.blocking);
    }
    Ok(Calls {
        calls: text(&calls)?,
        blocking: text(&blocking)?,
    })
}

/// A method, as it is written for each of the two handles.
struct Call {
    method: TokenStream,
    blocking: TokenStream,
}

fn text(methods: &[TokenStream]) -> Result<String, String> {
    if methods.is_empty() {
        return Ok(String::new());
    }
    let file = syn::parse2(quote!(impl Copper { #(#methods)* }))
        .map_err(|e| format!("the methods made of this document are not Rust: {e}"))?;
    Ok(prettyplease::unparse(&file))
}

/// The method that the generator made for an operation.
fn method<'a>(client: &'a [syn::Item], id: &str) -> Result<&'a syn::ImplItemFn, String> {
    let implemented = client.iter().filter_map(|item| match item {
        syn::Item::Impl(item) => Some(&item.items),
        _ => None,
    });
    let mut methods = implemented.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(method) => Some(method),
        _ => None,
    });
    // The generator adds an underscore to a keyword of Rust.
    methods
        .find(|method| method.sig.ident.to_string().trim_end_matches('_') == id)
        .ok_or_else(|| {
            format!(
                "the generator gives the operation `{id}` another name; choose one of plain words"
            )
        })
}

fn call(
    document: &Document,
    operation: &Operation,
    method: &syn::ImplItemFn,
) -> Result<Call, String> {
    let name = &method.sig.ident;
    let constant = constant(operation);
    let (mut takes, mut gives, mut passes, mut body) = (vec![], vec![], vec![], None);
    for argument in method.sig.inputs.iter().filter_map(argument) {
        let Argument { name, ty } = argument;
        if name == "custom_field_computed_values" {
            passes.push(quote!(generated_client.inner.computed()));
            continue;
        }
        // An id argument accepts every type that converts into the id, as in the handwritten methods.
        if name == "body" {
            body = Some(name.clone());
            takes.push(quote!(#name: #ty));
            passes.push(quote!(#name));
        } else if let Some(ty) = referred(&ty) {
            takes.push(quote!(#name: impl Into<#ty>));
            passes.push(quote!(&#name.into()));
        } else if let Some(ty) = inside(&ty, "Option").and_then(referred) {
            takes.push(quote!(#name: Option<#ty>));
            passes.push(quote!(#name.as_ref()));
        } else {
            takes.push(quote!(#name: #ty));
            passes.push(quote!(#name));
        }
        gives.push(name);
    }
    let answer = answer(&method.sig.output).ok_or_else(|| {
        format!(
            "the operation `{}` has an answer that the client can't read: it must be JSON, or nothing",
            operation.id
        )
    })?;
    let reader = reader(document, &answer);
    let client = match body {
        Some(body) => quote!(self.client_for(crate::generated::operation::#constant, #body)?),
        None => quote!(self.client()?),
    };
    let docs = lines(&docs(document, operation));
    let blocking_docs = lines(&format!(
        "Blocks until [`Copper::{name}`](crate::Copper::{name}) is done.\n\n# Errors\nAs that one has them."
    ));
    Ok(Call {
        method: quote! {
            #docs
            pub async fn #name(&self, #(#takes),*) -> Result<#answer, crate::Error> {
                let generated_client = #client;
                crate::client::#reader(
                    crate::generated::operation::#constant,
                    generated_client.#name(#(#passes),*).await,
                )
                .await
            }
        },
        blocking: quote! {
            #blocking_docs
            pub fn #name(&self, #(#takes),*) -> Result<#answer, crate::Error> {
                self.runtime.wait(self.copper.#name(#(#gives),*))
            }
        },
    })
}

/// The method of a bulk operation, which returns a run.
fn run(document: &Document, operation: &Operation, bulk: &Bulk) -> Call {
    let name = format_ident!("{}", operation.id);
    let records = format_ident!("{}", bulk.key);
    let request = format_ident!("{}", bulk.request);
    let input = rust_type(document, &bulk.input);
    let docs = lines(&docs(document, operation));
    let blocking_docs = lines(&format!(
        "Returns the run of [`Copper::{name}`](crate::Copper::{name}) as an iterator."
    ));
    Call {
        method: quote! {
            #docs
            pub fn #name<'a, K>(
                &self,
                #records: impl crate::bulk::Source<'a, #input, Key = K>,
            ) -> crate::bulk::Run<'a, types::#request, K> {
                crate::bulk::Run::new(self.clone(), #records)
            }
        },
        blocking: quote! {
            #blocking_docs
            pub fn #name<'a, K>(
                &self,
                #records: impl crate::bulk::Source<'a, #input, Key = K>,
            ) -> Run<'a, types::#request, K> {
                Run::new(self.copper.#name(#records), self.runtime.clone())
            }
        },
    }
}

struct Argument {
    name: syn::Ident,
    ty: syn::Type,
}

/// An argument in the form of the handle's method: without the generator's lifetimes.
fn argument(input: &syn::FnArg) -> Option<Argument> {
    let syn::FnArg::Typed(input) = input else {
        return None;
    };
    let syn::Pat::Ident(name) = &*input.pat else {
        return None;
    };
    let mut ty = (*input.ty).clone();
    Elided.visit_type_mut(&mut ty);
    Some(Argument {
        name: name.ident.clone(),
        ty,
    })
}

struct Elided;

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, ty: &mut syn::TypeReference) {
        ty.lifetime = None;
        visit_mut::visit_type_reference_mut(self, ty);
    }
}

/// The type of the document behind a reference. None for `str`.
fn referred(ty: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Reference(of) = ty else {
        return None;
    };
    let syn::Type::Path(path) = &*of.elem else {
        return None;
    };
    (!path.path.is_ident("str")).then_some(&of.elem)
}

/// The type of the answer, if the client can read it.
fn answer(output: &syn::ReturnType) -> Option<syn::Type> {
    let syn::ReturnType::Type(_, result) = output else {
        return None;
    };
    let answer = inside(inside(result, "Result")?, "ResponseValue")?;
    (!matches!(answer, syn::Type::Path(path) if path.path.is_ident("ByteStream")))
        .then(|| answer.clone())
}

/// The name of the function that reads an answer. It returns a record even if a part of it can't be read.
fn reader(document: &Document, answer: &syn::Type) -> syn::Ident {
    let records = document.records();
    let is_record = |ty: &syn::Type| {
        matches!(ty, syn::Type::Path(path)
            if path.path.segments.last().is_some_and(|last| records.iter().any(|record| last.ident == record)))
    };
    if is_record(answer) {
        format_ident!("record")
    } else if inside(answer, "Vec").is_some_and(is_record) {
        format_ident!("list")
    } else {
        format_ident!("answer")
    }
}

/// The documentation of a method: its description in the document, and facts about all methods of its kind.
fn docs(document: &Document, operation: &Operation) -> String {
    let described = document.json.pointer("/paths").and_then(|paths| {
        paths
            .get(&operation.path)?
            .get(operation.method.to_lowercase())
    });
    let say = |pointer: &str| described.and_then(|described: &Value| text_at(described, pointer));
    let Operation {
        id, method, path, ..
    } = operation;
    let mut docs = say("/description")
        .or(say("/summary"))
        .unwrap_or(id)
        .trim()
        .to_owned();
    docs += &format!("\n\nSends `{method} {path}`.");
    if operation.bulk.is_some() {
        docs += " Nothing is sent before the run is polled; see the [module](crate::bulk) for how a run goes.";
    } else {
        docs += "\n\n# Errors\nWhen Copper refuses it, or no answer comes.";
        if operation.idempotency == "NotIdempotent" {
            docs += " It is not sent again when it may have arrived: see\n[`Error::may_have_taken_effect`](crate::Error::may_have_taken_effect).";
        }
    }
    if let Some(url) = say("/externalDocs/url") {
        docs += &format!("\n\nAPI: <{url}>");
    }
    docs
}

/// A text as doc comments.
fn lines(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| match line {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote!(#(#[doc = #lines])*)
}
