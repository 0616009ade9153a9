//! One test for each fixture, named `<field>/<case>`: `cargo test labels/` runs those of one field.

#![allow(clippy::disallowed_methods)]

use std::process::ExitCode;

use insta::assert_snapshot;
use libtest_mimic::{Arguments, Failed, Trial};

use cases::{Case, difference};
use sandbox::{Run, command};

#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "main/cases.rs"]
mod cases;
#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "main/sandbox.rs"]
mod sandbox;

fn main() -> ExitCode {
    let of_case = |name: String| Trial::test(name.clone(), move || check(&Case::read(&name)?));
    let mut trials: Vec<Trial> = cases::names().into_iter().map(of_case).collect();
    trials.push(Trial::test("every_file_belongs_to_a_case", every_file_belongs_to_a_case));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Checks that a case renders to what kustomize wrote, byte for byte, or fails where kustomize does.
fn check(case: &Case) -> Result<(), Failed> {
    let output = command(&case.directory).arg("build").arg(&case.target).args(&case.flags).output();
    let run = Run::new(output.expect("the program runs"), &case.directory);
    match &case.expected {
        Ok(yaml) if run.code == 0 && run.stdout == *yaml => Ok(()),
        Ok(yaml) if run.code == 0 => Err(difference(yaml, &run.stdout).into()),
        Ok(_) => Err(format!("exit code {}, but kustomize renders it\n{}", run.code, run.stderr).into()),
        Err(_) if run.code == 1 => {
            check_message(case, &run.fails());
            Ok(())
        }
        Err(error) => {
            let (code, text) = (run.code, run.stdout + &run.stderr);
            Err(format!("exit code {code}, but kustomize fails\n{error}\nboutique printed\n{text}").into())
        }
    }
}

/// Compares the error message with `message.snap` in the case.
fn check_message(case: &Case, message: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&case.directory);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!("message", message));
}

/// No test would read a file outside of all cases.
fn every_file_belongs_to_a_case() -> Result<(), Failed> {
    let inputs: Vec<_> = cases::names().iter().map(|name| cases::root().join(name).join("input")).collect();
    for entry in walkdir::WalkDir::new(cases::root()).min_depth(1) {
        let entry = entry?;
        let path = entry.path();
        let belongs = match entry.depth() {
            // Files about all fixtures, and fields, which must not be empty.
            1 => entry.file_type().is_file() || path.read_dir()?.next().is_some(),
            2 => entry.file_type().is_dir(),
            // `Case::read` checks these.
            3 => true,
            _ => inputs.iter().any(|input| path.starts_with(input)),
        };
        if !belongs {
            return Err(format!("{} does not belong to a case", path.display()).into());
        }
    }
    Ok(())
}
