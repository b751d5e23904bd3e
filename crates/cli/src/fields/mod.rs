//! The fields of Copper's records: their names, their place in a record, and how a cell is read into them.

pub mod activity;
pub mod cell;
pub mod company;
pub mod custom;
pub mod entities;
pub mod entity;
pub mod field;
pub mod lead;
pub mod opportunity;
pub mod person;
