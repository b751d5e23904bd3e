//! Code that the programs of this package share.

pub mod answers;
pub mod decoders;
pub mod leads;
pub mod loops;
pub mod plot;
pub mod server;
pub mod usage;
pub mod work;
