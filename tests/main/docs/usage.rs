//! Command lines in the pages that are not run are at least ones that the program takes.

use regex::Regex;

use super::pages::Page;

#[test]
fn command_lines_are_valid() {
    let mut count = 0;
    for page in Page::all() {
        let blocks = page.blocks();
        let blocks = blocks.iter().filter(|block| ["sh", "yaml", "dockerfile", "groovy"].contains(&block.language));
        for line in blocks.flat_map(|block| block.content.lines()) {
            for arguments in command_lines(line) {
                count += 1;
                let parsed = boutique::cli::command().try_get_matches_from(&arguments);
                if let Err(error) = parsed.map_err(|error| error.to_string()) {
                    panic!("{}: {line}\n{error}", page.path.display());
                }
            }
        }
    }
    assert!(count > 20, "only {count} command lines were found");
}

/// Returns the calls of the program in a line of a script.
fn command_lines(line: &str) -> Vec<Vec<String>> {
    // Values that a workflow or a shell would insert are replaced with a number.
    let inserted = Regex::new(r"\$\{\{.*?\}\}|\$\(\(.*?\)\)").expect("it is valid");
    let line = &inserted.replace_all(line, "1");
    let mut calls = Vec::new();
    let starts = ["boutique ", "| boutique ", "- boutique ", "run: boutique ", "$(boutique ", "-r boutique "];
    for (at, _) in line.match_indices("boutique ") {
        let begins = at == 0 || line[..at].trim().is_empty();
        if begins || starts.iter().any(|start| line[..at + "boutique ".len()].ends_with(start) && *start != "boutique ")
        {
            calls.push(words(&line[at..]));
        }
    }
    calls
}

/// Splits a command like a shell, as far as the pages need it.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | '<' | ';' | ')' | '#' | '&') => break,
            (None, ' ') => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn calls_are_found_in_scripts() {
    assert_eq!(
        command_lines("a | xargs -r boutique render --output-dir 'my out' > log"),
        [["boutique", "render", "--output-dir", "my out"]]
    );
    assert_eq!(command_lines("- run: boutique lint  # checks"), [["boutique", "lint"]]);
    assert!(command_lines("the boutique command").is_empty());
}
