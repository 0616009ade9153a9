//! A tree of files with a target to render.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::document::{Node, write_documents};

/// Files by their relative path, and the directory to render.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub files: BTreeMap<String, File>,
    /// The directory of the kustomization to render.
    pub root: String,
    pub reorder: Reorder,
}

/// The command-line option for the order of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    #[default]
    Unspecified,
    Legacy,
    None,
}

impl Reorder {
    pub fn as_str(self) -> &'static str {
        match self {
            Reorder::Unspecified => "unspecified",
            Reorder::Legacy => "legacy",
            Reorder::None => "none",
        }
    }
}

/// A file of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum File {
    Yaml(YamlFile),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// A file of YAML documents.
#[derive(Clone, Debug, PartialEq)]
pub struct YamlFile {
    pub documents: Vec<Node>,
    /// Whether lines end with CR LF.
    pub crlf: bool,
    /// Whether the first document starts with `---`.
    pub marked: bool,
    /// Whether the file is written as JSON.
    pub json: bool,
    /// What precedes the first document, such as a directive with its separator.
    pub before: &'static str,
    /// What follows the last document, such as another one.
    pub after: &'static str,
}

impl YamlFile {
    pub fn new(documents: Vec<Node>) -> YamlFile {
        YamlFile { documents, crlf: false, marked: false, json: false, before: "", after: "" }
    }
}

impl File {
    /// Returns the content of the file.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            File::Bytes(bytes) => bytes.clone(),
            File::Yaml(file) => {
                let mut text = write_documents(&file.documents, file.json);
                if file.marked {
                    text.insert_str(0, "---\n");
                }
                text = [file.before, &text, file.after].concat();
                if file.crlf {
                    text = text.replace('\n', "\r\n");
                }
                text.into_bytes()
            }
        }
    }

    /// Returns whether a comment may precede the content.
    fn takes_comments(&self) -> bool {
        matches!(self, File::Yaml(file) if !file.json)
    }
}

impl Tree {
    /// Writes the tree to a directory, which is emptied first.
    ///
    /// # Errors
    /// Fails on I/O errors.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        self.write_with("", directory)
    }

    /// Writes the files to a directory, with a comment before each file that may have one. Removes what was there.
    ///
    /// # Errors
    /// Fails on I/O errors.
    pub fn write_with(&self, comment: &str, directory: &Path) -> io::Result<()> {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for (path, file) in &self.files {
            let path = directory.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let comment = if file.takes_comments() { comment } else { "" };
            fs::write(path, [comment.as_bytes(), &file.bytes()].concat())?;
        }
        Ok(())
    }

    /// Returns whether a file contains a byte order mark after its start.
    pub fn has_inner_byte_order_mark(&self) -> bool {
        let has_mark = |file: &File| file.bytes().windows(3).skip(1).any(|bytes| bytes == "\u{feff}".as_bytes());
        self.files.values().any(has_mark)
    }

    /// Returns the size of the files in bytes.
    pub fn len(&self) -> usize {
        self.files.values().map(|file| file.bytes().len()).sum()
    }

    /// Returns the tree as text for display, with each file after its path.
    pub fn show(&self) -> String {
        let mut out = format!("root: {}, reorder: {}\n", self.root, self.reorder.as_str());
        for (path, file) in &self.files {
            let bytes = file.bytes();
            let content = match std::str::from_utf8(&bytes) {
                Ok(content) if !content.contains('\r') => content.to_string(),
                _ => format!("{}\n", bytes.escape_ascii()),
            };
            out.push_str(&format!("=== {path}\n{content}"));
            if !content.ends_with('\n') {
                out.push_str("\\ no line break at the end\n");
            }
        }
        out
    }

    /// Returns the directories that contain a kustomization file.
    pub fn kustomization_directories(&self) -> Vec<String> {
        let directory = |path: &String| {
            let (directory, name) = path.rsplit_once('/')?;
            boutique::internals::FILE_NAMES.contains(&name).then(|| directory.to_string())
        };
        self.files.keys().filter_map(directory).collect()
    }
}
