//! The kustomization file as data.

mod decode;
mod embedded;
mod file;
mod repetitions;

pub use decode::{DecodeError, Located, Mode, decode, type_of};
pub use file::*;
pub use repetitions::listed_twice;
