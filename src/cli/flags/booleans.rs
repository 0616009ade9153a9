//! Support for `--flag=true` and `--flag=false`, which kustomize accepts for every boolean flag.

use std::ffi::OsString;

use clap::{ArgAction, Command};

/// Returns the arguments with `--flag=true` replaced by `--flag`, and `--flag=false` removed, for all boolean flags.
pub fn normalize(arguments: Vec<OsString>, command: impl Fn() -> Command) -> Vec<OsString> {
    let is_candidate = |argument: &OsString| argument.to_str().and_then(split).is_some();
    if !arguments.iter().any(is_candidate) {
        return arguments;
    }
    let mut command = command();
    command.build();
    let mut command = &command;
    let mut result: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut rest = arguments.into_iter();
    result.extend(rest.next());
    while let Some(argument) = rest.next() {
        let text = argument.to_str().unwrap_or_default();
        if text == "--" {
            result.push(argument);
            result.extend(rest);
            break;
        }
        if let Some(subcommand) = command.find_subcommand(text) {
            command = subcommand;
        }
        match split(text).filter(|(flag, _)| is_boolean(command, flag)) {
            Some((flag, true)) => result.push(flag.into()),
            // The last occurrence wins.
            Some((flag, false)) => result.retain(|earlier| earlier != flag),
            None => result.push(argument),
        }
    }
    result
}

/// Splits `FLAG=VALUE` if the value is one that Go parses as a boolean.
fn split(argument: &str) -> Option<(&str, bool)> {
    let (flag, value) = argument.split_once('=').filter(|(flag, _)| flag.starts_with('-'))?;
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some((flag, true)),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some((flag, false)),
        _ => None,
    }
}

fn is_boolean(command: &Command, flag: &str) -> bool {
    let found = command.get_arguments().find(|argument| match flag.strip_prefix("--") {
        Some(long) => argument.get_long() == Some(long),
        None => argument.get_short().is_some_and(|short| flag[1..].chars().eq([short])),
    });
    found.is_some_and(|argument| matches!(argument.get_action(), ArgAction::SetTrue))
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn boolean_values_are_removed() {
        let command = || {
            let flag = |name| Arg::new(name).long(name).action(ArgAction::SetTrue);
            let inner = Command::new("build").arg(flag("helm").short('e')).arg(Arg::new("count").long("count"));
            Command::new("boutique").subcommand(inner)
        };
        for (given, expected) in [
            ("x build --helm=true .", "x build --helm ."),
            ("x build . --helm=false", "x build ."),
            ("x build --helm --helm=0 .", "x build ."),
            ("x build -e=T .", "x build -e ."),
            ("x build --count=1 --helm=1", "x build --count=1 --helm"),
            ("x build --unknown=true", "x build --unknown=true"),
            ("x build --helm=maybe", "x build --helm=maybe"),
            ("x build --helm=true -- --helm=true", "x build --helm -- --helm=true"),
        ] {
            let given = given.split(' ').map(OsString::from).collect();
            assert_eq!(normalize(given, command).join(" ".as_ref()), expected);
        }
    }
}
