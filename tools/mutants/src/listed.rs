//! Mutants as cargo-mutants lists them.

use std::fs;

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Span {
    pub start: Place,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub struct Mutant {
    /// Its place in the list, from 1.
    #[serde(skip)]
    pub id: usize,
    pub file: String,
    pub genre: Genre,
    pub name: String,
    pub replacement: String,
    pub span: Span,
}

pub fn read(path: &str) -> Vec<Mutant> {
    let text = fs::read_to_string(path).expect("the list can be read");
    let mut mutants: Vec<Mutant> = serde_json::from_str(&text).expect("it is a list of mutants");
    for (mutant, id) in mutants.iter_mut().zip(1..) {
        mutant.id = id;
    }
    mutants
}
