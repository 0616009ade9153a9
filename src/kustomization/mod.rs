//! The kustomization file as data.

mod decode;
mod file;

pub use decode::{DecodeError, Located, Mode, decode, type_of};
pub use file::*;
