//! Writes the small trees that cost much, at their full size, for `.ci/matrix`: `amplifiers DIRECTORY`. Each tree is a directory
//! with a target `a`, and a target `empty` to compare it with.
#![allow(clippy::disallowed_methods)]

use std::path::Path;
use std::{env, fs, io};

#[path = "../tests/main/hostile/amplifiers.rs"]
mod amplifiers;

fn main() -> io::Result<()> {
    let directory = env::args().nth(1).ok_or_else(|| io::Error::other("usage: amplifiers DIRECTORY"))?;
    for (name, amplifier) in amplifiers::AMPLIFIERS {
        let tree = Path::new(&directory).join(name);
        let mut files = amplifier(1.0);
        files.iter_mut().for_each(|(file, _)| *file = format!("a/{file}"));
        files.push(("empty/kustomization.yaml".to_string(), "namePrefix: a\n".to_string()));
        for (file, text) in files {
            let path = tree.join(file);
            fs::create_dir_all(path.parent().unwrap_or(&tree))?;
            fs::write(path, text)?;
        }
    }
    Ok(())
}
