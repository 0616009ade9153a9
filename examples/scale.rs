//! Writes one of the trees that the benches render, and prints the directories to render.
//!
//! ```text
//! cargo run --release --example scale -- TREE DIR
//!
//!   TREE    tiny | flat:RESOURCES | patches:DEPLOYMENTSxPATCHES | replacements:DEPLOYMENTSxREPLACEMENTS
//!           | deep:OVERLAYSxRESOURCES | crd:COUNT | configmap:MEGABYTES | fleet:OVERLAYS
//!   DIR     the directory to write to; it must not exist
//! ```
//!
//! `benches/compare.sh` compares programs on such trees.
#![allow(clippy::disallowed_methods)]

#[path = "../benches/trees/mod.rs"]
mod trees;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use trees::Tree;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, directory] = &arguments[..] else {
        eprintln!("usage: scale TREE DIR");
        return ExitCode::from(2);
    };
    let Some(tree) = Tree::named(name) else {
        eprintln!("error: unknown tree `{name}`");
        return ExitCode::from(2);
    };
    let directory = Path::new(directory);
    if let Err(error) = write(&tree, directory) {
        eprintln!("error: cannot write to `{}`: {error}", directory.display());
        return ExitCode::FAILURE;
    }
    for target in &tree.targets {
        println!("{}", directory.join(target).display());
    }
    ExitCode::SUCCESS
}

fn write(tree: &Tree, directory: &Path) -> io::Result<()> {
    fs::create_dir(directory)?;
    for (path, text) in &tree.files {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
