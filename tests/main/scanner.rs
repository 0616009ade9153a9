//! The scanner reads documents as the parser crate does.

use boutique::yaml::scanner_agrees;

use crate::random::Random;

/// The variable with the number of random texts to try. Its value is the seed as well, so that another number means other
/// texts.
const TEXTS: &str = "BOUTIQUE_SCANNER_TEXTS";
const DEFAULT_TEXTS: u64 = 10_000;

/// Returns the texts of the repository's manifests and fixtures.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let repository = env!("CARGO_MANIFEST_DIR");
    for root in ["fixtures", "base", "overlays", "app-config", "cluster-resources"] {
        for entry in walkdir::WalkDir::new(format!("{repository}/{root}")).sort_by_file_name() {
            let entry = entry.unwrap();
            let name = entry.path().to_str().unwrap().to_string();
            if entry.file_type().is_file()
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                files.push((name, text));
            }
        }
    }
    assert!(!files.is_empty());
    files
}

#[test]
fn scanner_agrees_on_files() {
    let (mut documents, mut scanned) = (0, 0);
    for (name, text) in files() {
        let is_yaml = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        let agreement = scanner_agrees(&text).unwrap_or_else(|difference| panic!("{name}: {difference}"));
        if is_yaml {
            documents += agreement.documents;
            scanned += agreement.scanned;
        }
    }
    assert!(scanned * 20 > documents * 19, "the scanner took only {scanned} of {documents} documents");
}

/// Texts that are hard to scan, separated by lines of `###`.
const HARD_INPUTS: &str = include_str!("scanner.txt");

#[test]
fn scanner_agrees_on_hard_inputs() {
    for text in hard_inputs() {
        for text in
            [text.to_string(), text.trim_end().to_string(), format!("---\n{text}"), format!("a:\n{}", indented(text))]
        {
            scanner_agrees(&text).unwrap_or_else(|difference| panic!("{difference}"));
        }
    }
}

fn hard_inputs() -> impl Iterator<Item = &'static str> {
    HARD_INPUTS.split("###\n")
}

fn indented(text: &str) -> String {
    text.split_inclusive('\n').map(|line| format!("  {line}")).collect()
}

/// Changes a text at one position, in the ways in which YAML breaks.
pub fn mutate(text: &mut String, random: &mut Random) {
    const PIECES: [&str; 62] = [
        " ", "  ", "\n", "\n\n", ":", ": ", ":\n", "- ", "-", "-\n", "#", " #", " # c", "'", "''", "\"", "\\", "\\\n",
        "|", ">", "|-\n", ">+\n", "|2\n", "{", "}", "[", "]", ",", ", ", "{}", "[]", "?", "? ", "!", "!!str ", "&a ",
        "*a", "<<", "<<: ", "\t", "\r", "%", "@", "`", "~", "null", "---", "...", "\n---\n", "é", "\u{85}", "\u{2028}",
        "\u{feff}", "\u{a0}", "a", "0", "a: b\n", "  a: b\n", "- a\n", "\\x41", "\\u263A", "\\ ",
    ];
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_string).collect();
    let line = if lines.is_empty() { 0 } else { random.below(lines.len()) };
    match random.below(8) {
        _ if lines.is_empty() => lines.push(random.choose(&PIECES).to_string()),
        0 => drop(lines.remove(line)),
        1 => lines.insert(line, lines[random.below(lines.len())].clone()),
        2 => {
            let other = random.below(lines.len());
            lines.swap(line, other);
        }
        3 => lines[line].insert_str(0, &" ".repeat(1 + random.below(3))),
        4 => {
            let spaces = lines[line].len() - lines[line].trim_start_matches(' ').len();
            lines[line].drain(..random.below(spaces + 1));
        }
        5 => {
            let at = boundary(&lines[line], random);
            if let Some(c) = lines[line][at..].chars().next() {
                lines[line].drain(at..at + c.len_utf8());
            }
        }
        6 => {
            let at = boundary(&lines[line], random);
            lines[line].truncate(at);
        }
        _ => {
            let at = boundary(&lines[line], random);
            lines[line].insert_str(at, random.choose(&PIECES));
        }
    }
    *text = lines.concat();
}

fn boundary(text: &str, random: &mut Random) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn scanner_agrees_on_random_inputs() {
    let count = std::env::var(TEXTS).map_or(DEFAULT_TEXTS, |count| count.parse().expect("the variable is a number"));
    // The seed must not be zero.
    let mut random = Random(count.max(1));
    let mut texts: Vec<String> = hard_inputs().map(str::to_string).collect();
    for (_, text) in files() {
        // Short texts are quick to scan.
        texts.extend(text.split("\n---\n").filter(|text| text.len() < 1500).map(str::to_string));
    }
    let (mut documents, mut scanned) = (0, 0);
    for _ in 0..count {
        let mut text = texts[random.below(texts.len())].clone();
        for _ in 0..1 + random.below(6) {
            mutate(&mut text, &mut random);
            let agreement = scanner_agrees(&text).unwrap_or_else(|difference| panic!("{difference}\n{text:?}"));
            documents += agreement.documents;
            scanned += agreement.scanned;
        }
    }
    println!("the scanner took {scanned} of {documents} documents");
}
