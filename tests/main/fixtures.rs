//! Every fixture renders to what the reference wrote, byte for byte, or fails where the reference does.

use crate::cases::{self, Case, Expected, difference};
use crate::sandbox::{Run, command};

#[test]
fn all_cases_are_well_formed() {
    let (cases, problems) = cases::all();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // A kustomization outside of a case would never be looked at.
    let inputs: Vec<_> = cases.iter().map(|case| case.directory.join("input")).collect();
    for entry in walkdir::WalkDir::new(cases::root()) {
        let entry = entry.unwrap();
        let is_input = inputs.iter().any(|input| entry.path().starts_with(input));
        let is_top_level = entry.depth() == 1;
        let is_part = entry.depth() == 3;
        assert!(
            entry.file_type().is_dir() || is_input || is_top_level || is_part,
            "{} is in no case",
            entry.path().display()
        );
    }
}

#[test]
fn all_cases_render_as_the_reference_does() {
    let (cases, _) = cases::all();
    let failures: Vec<String> =
        cases.iter().filter_map(|case| check(case).err().map(|why| format!("=== {}\n{why}", case.name))).collect();
    assert!(failures.is_empty(), "{} of {} cases differ\n\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn check(case: &Case) -> Result<(), String> {
    let output = command(&case.directory).arg("build").arg(&case.target).args(&case.flags).output();
    let run = Run::new(output.expect("the program runs"), &case.directory);
    match &case.expected {
        Expected::Yaml(yaml) if run.code == 0 && run.stdout == *yaml => Ok(()),
        Expected::Yaml(yaml) if run.code == 0 => Err(difference(yaml, &run.stdout)),
        Expected::Yaml(_) => Err(format!("exit code {} where the reference renders\n{}", run.code, run.stderr)),
        Expected::Error(_) if run.code == 1 && run.stdout.is_empty() && run.stderr.contains("error[") => Ok(()),
        Expected::Error(error) => {
            let (code, text) = (run.code, run.stdout + &run.stderr);
            Err(format!("exit code {code} where the reference fails\n{error}\nand this is printed\n{text}"))
        }
    }
}
