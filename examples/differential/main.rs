//! Differential tester: renders random kustomization trees with boutique and with a reference, and compares bytes.
//!
//! ```text
//! cargo run --release --example differential -- --reference 'CMD' [options]
//!
//!   --reference CMD    how to start the reference; its words are separated by spaces
//!   --seed N           the seed of the run (default 1); a seed and an index give one tree
//!   --first N          the index of the first tree (default 0)
//!   --count N          how many trees (default 1000)
//!   --keep DIR         save what differs, one folder each: the tree, expected, actual, and the diff
//!   --only G,..        use only these groups of the generator
//!   --with G,..        use these groups, too
//!   --without G,..     do not use these groups; an unknown group lists all
//!   --jobs N           references to run side by side (default 1)
//!   --stop-after N     stop after so many distinct differences (default 50)
//!   --no-shrink        show trees as they were generated
//!   --errors           print what the reference complains about, where both fail
//!   --show             print (and save) the trees instead of comparing them
//! ```
//!
//! Two renders are the same when both succeed with the same bytes, or both fail. A tree that differs is shrunk: files,
//! documents, fields, entries, styles and scalars go while a difference of the same kind stays. Differences that look
//! alike after shrinking are shown once. The exit code is 0 without differences, 1 with, and 2 when the run could not be
//! done. The release profile aborts on panics; add `--config 'profile.release.panic="unwind"'` to have them reported and
//! shrunk like other differences.
//!
//! # The reference
//! A process that answers on its standard output what it reads from its standard input, in order, any number of times:
//!
//! ```text
//! request:  DIRECTORY<tab>OPTION=VALUE..<newline>      the option is reorder=unspecified|legacy|none
//! answer:   ok LENGTH<newline>                         followed by so many bytes of YAML
//!       or  error LENGTH<newline>                      followed by so many bytes of message
//! ```
//!
//! `.ci/serve-reference.py` is one.
//!
//! A reference that dies or says nothing for 20 seconds is started again; that tree is skipped. So are trees about which
//! the reference changes its mind. Some groups are off unless asked for: `openapi` leaves traces in a process that serves
//! several renders; `kind-changes` and `null-labels` lead to known differences.
//!
//! # Modules
//! [`generate`] makes a [`tree`] of [`document`]s from a [`random`] seed and the [`features`] that are on; [`compare`]
//! renders it with the library and the [`reference`]; [`shrink`] makes it smaller; [`report`] shows what is left.
#![allow(clippy::disallowed_methods)]

mod compare;
mod document;
mod features;
mod flatten;
mod generate;
mod random;
mod reference;
mod report;
mod shrink;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;
use std::{env, fs};

use compare::{Comparer, Outcome};
use features::Features;
use reference::Reference;
use report::Report;

/// The command line.
struct Arguments {
    reference: String,
    seed: u64,
    first: u64,
    count: u64,
    keep: Option<PathBuf>,
    features: Features,
    jobs: u64,
    stop_after: usize,
    shrink: bool,
    errors: bool,
    show: bool,
}

fn main() -> ExitCode {
    let arguments = match parse_arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.show {
        for index in arguments.first..arguments.first + arguments.count {
            let tree = generate::generate(arguments.seed, index, &arguments.features);
            println!("{}", tree.show());
            let Some(keep) = &arguments.keep else { continue };
            if let Err(error) = tree.write(&keep.join(format!("{}-{index}", arguments.seed))) {
                eprintln!("error: cannot save to `{}`: {error}", keep.display());
                return ExitCode::from(2);
            }
        }
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse_arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments {
        reference: String::new(),
        seed: 1,
        first: 0,
        count: 1000,
        keep: None,
        features: Features::default(),
        jobs: 1,
        stop_after: 50,
        shrink: true,
        errors: false,
        show: false,
    };
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--no-shrink" => parsed.shrink = false,
            "--errors" => parsed.errors = true,
            "--show" => parsed.show = true,
            _ => {
                let value = arguments.next().ok_or_else(|| format!("`{name}` is unknown or lacks its value"))?;
                let number = || value.parse::<u64>().map_err(|_| format!("`{name}` takes a number, not `{value}`"));
                match name.as_str() {
                    "--reference" => parsed.reference = value,
                    "--seed" => parsed.seed = number()?,
                    "--first" => parsed.first = number()?,
                    "--count" => parsed.count = number()?,
                    "--keep" => parsed.keep = Some(PathBuf::from(value)),
                    "--only" => parsed.features.only(&value)?,
                    "--with" => parsed.features.with(&value)?,
                    "--without" => parsed.features.without(&value)?,
                    "--jobs" => parsed.jobs = number()?.max(1),
                    "--stop-after" => parsed.stop_after = number()? as usize,
                    _ => return Err(format!("unknown option `{name}`")),
                }
            }
        }
    }
    if parsed.reference.is_empty() && !parsed.show {
        return Err("`--reference` is missing".to_string());
    }
    Ok(parsed)
}

/// Compares all trees and returns how many differ.
fn run(arguments: &Arguments) -> Result<u64, String> {
    let scratch = env::temp_dir().join(format!("boutique-differential-{}", std::process::id()));
    fs::create_dir_all(&scratch).map_err(|error| format!("cannot create `{}`: {error}", scratch.display()))?;
    let real = fs::canonicalize(&scratch).map_err(|error| format!("cannot find `{}`: {error}", scratch.display()))?;
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let report = Mutex::new(Report::new(arguments.keep.clone()));
    let work = |job: u64| -> Result<(), String> {
        let mut comparer = Comparer::new(Reference::new(&arguments.reference), real.join(job.to_string()));
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= arguments.count {
                break;
            }
            let index = arguments.first + index;
            let tree = generate::generate(arguments.seed, index, &arguments.features);
            let outcome = comparer.compare(&tree)?;
            let shrunk = match &outcome {
                Outcome::Different(difference) if arguments.shrink => {
                    Some(shrink::shrink(&mut comparer, &tree, difference)?)
                }
                Outcome::Different(difference) => Some((tree.clone(), (**difference).clone())),
                _ => None,
            };
            let mut report = report.lock().map_err(|_| "another job panicked".to_string())?;
            report.add(arguments.seed, index, &tree, &outcome, shrunk)?;
            if report.distinct() >= arguments.stop_after {
                stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    let results: Vec<Result<(), String>> = thread::scope(|scope| {
        let jobs: Vec<_> = (0..arguments.jobs).map(|job| scope.spawn(move || (work)(job))).collect();
        jobs.into_iter().map(|job| job.join().unwrap_or_else(|_| Err("a job panicked".to_string()))).collect()
    });
    // What is left there is of no use; a failure to remove it is none of the run.
    let _ = fs::remove_dir_all(&real);
    let report = report.into_inner().map_err(|_| "a job panicked".to_string())?;
    if arguments.errors {
        print!("{}", report.errors());
    }
    print!("{}", report.summary(started.elapsed()));
    results.into_iter().collect::<Result<Vec<()>, String>>()?;
    Ok(report.different())
}
