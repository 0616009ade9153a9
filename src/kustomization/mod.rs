//! The kustomization file as data.

mod decode;
mod embedded;
mod file;

pub use decode::{DecodeError, Located, Mode, decode, type_of};
pub use file::*;
