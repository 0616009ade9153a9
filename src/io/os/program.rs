//! Runs functions and plugins, as programs and in containers.

use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::path;
use crate::request::{Answer, Failure, Mount, Program, ProgramRequest};

use super::nearest_real;
use super::open::{BELONGS_TO_GIT, check_not_of_git};
use super::options::OsOptions;
use super::process::{Limits, run as run_command};
use super::temporary::Temporary;

/// The environment variables that a function inherits in addition to those that the options pass on. Others may be secret,
/// such as the tokens of a CI system.
const INHERITED_VARIABLES: [&str; 4] = ["HOME", "LANG", "PATH", "TMPDIR"];

/// Answers with the output of a function.
pub fn run(request: &ProgramRequest, options: &OsOptions) -> Answer {
    let limits = Limits::default().or(&options.limits);
    let output = match &request.program {
        Program::Executable { path, arguments, environment } => {
            executable(path, arguments, environment, request, limits)
        }
        Program::Container { image, network, mounts, environment } => {
            let arguments = container_arguments(image, *network, mounts, environment, request, options);
            arguments.and_then(|arguments| container(&arguments, request, limits))
        }
        Program::Plugin { group, version, kind, arguments, configuration } => plugin_path(group, version, kind)
            .and_then(|program| plugin(&program, arguments, configuration, request, limits)),
    };
    output.map_or_else(Answer::Failed, Answer::Output)
}

fn executable(
    path: &str,
    arguments: &[String],
    environment: &[String],
    request: &ProgramRequest,
    limits: Limits,
) -> Result<Vec<u8>, Failure> {
    if request.directory == "/" {
        return Err("root working directory '/' not allowed".into());
    }
    let mut command = Command::new(path);
    command.args(arguments).current_dir(&request.directory).env_clear();
    let bare = environment.iter().map(String::as_str).filter(|name| !name.contains('='));
    let inherited = INHERITED_VARIABLES.into_iter().filter(|&name| !is_relative_directory(name));
    command.envs(inherited.chain(bare).filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(environment.iter().filter_map(|pair| pair.split_once('=')));
    run_command(command, request.input.clone(), limits)
}

/// The variables with directories in which programs look for their configuration and data.
const DIRECTORIES: [&str; 8] = [
    "DOCKER_CONFIG",
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];

/// Returns whether a variable is a directory that is relative to the working directory, which is in the tree. The search path
/// is checked for all programs.
fn is_relative_directory(name: &str) -> bool {
    DIRECTORIES.contains(&name) && absolute_variable(name).is_none()
}

/// Removes the directories from the environment of a program that would be in the tree.
fn remove_relative_directories(command: &mut Command) {
    DIRECTORIES.into_iter().filter(|name| is_relative_directory(name)).for_each(|name| _ = command.env_remove(name));
}

/// Returns the arguments of `docker run`, which podman also accepts.
fn container_arguments(
    image: &str,
    network: bool,
    mounts: &[Mount],
    environment: &[String],
    request: &ProgramRequest,
    options: &OsOptions,
) -> Result<Vec<String>, Failure> {
    if image.starts_with('-') {
        return Err(format!("`{image}` is not an image").into());
    }
    let user = if options.as_current_user {
        current_user(Limits::default().or(&options.limits))?
    } else {
        "nobody".to_string()
    };
    let network = if network { options.network_name.as_str() } else { "none" };
    let mut arguments: Vec<String> =
        ["run", "--rm", "-i", "-a", "STDIN", "-a", "STDOUT", "-a", "STDERR", "--network", network, "--user", &user]
            .map(ToString::to_string)
            .to_vec();
    arguments.push("--security-opt=no-new-privileges".to_string());
    if options.network.no_remote || options.network.is_restricted() {
        arguments.push("--pull=never".to_string());
    }
    for mount in mounts {
        let source = mount_source(mount, &request.directory)?;
        let mode = if mount.writable { "" } else { ",readonly" };
        let text = format!("type={},source={source},target={}{mode}", mount.mount_type, mount.target);
        arguments.extend(["--mount".to_string(), text]);
        if is_path(mount) && Path::new(&source).exists() {
            arguments.extend(hidden(Path::new(&source), &mount.target)?);
        }
    }
    let mut variables: Vec<(String, String)> =
        vec![("LOG_TO_STDERR".into(), "true".into()), ("STRUCTURED_RESULTS".into(), "true".into())];
    let mut exported = Vec::new();
    for variable in environment {
        match variable.split_once('=') {
            Some((key, value)) => {
                variables.retain(|(known, _)| known != key);
                variables.push((key.to_string(), value.to_string()));
            }
            None if !exported.contains(variable) => exported.push(variable.clone()),
            None => {}
        }
    }
    variables.sort();
    let pairs = variables.into_iter().map(|(key, value)| format!("{key}={value}"));
    arguments.extend(pairs.chain(exported).flat_map(|variable| ["-e".to_string(), variable]));
    arguments.push(image.to_string());
    Ok(arguments)
}

/// Returns whether the source of a mount is a path, not the name of a volume. Case is ignored, as the engines do.
fn is_path(mount: &Mount) -> bool {
    !["volume", "tmpfs"].iter().any(|kind| mount.mount_type.eq_ignore_ascii_case(kind))
}

/// Returns the arguments that hide each `.git` in a mounted directory, as it may contain credentials.
///
/// # Errors
/// Fails if the directory cannot be read, and on paths that are not text or contain commas.
fn hidden(source: &Path, target: &str) -> Result<Vec<String>, Failure> {
    let mut arguments = Vec::new();
    let mut walk = WalkDir::new(source).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| format!("cannot read the mounted directory: {error}"))?;
        if !path::is_git_directory(&entry.file_name().to_string_lossy()) || entry.path_is_symlink() {
            continue;
        }
        let below = entry.path().strip_prefix(source).ok().and_then(Path::to_str).filter(|below| !below.contains(','));
        let below = below.ok_or_else(|| format!("`{}` cannot be hidden from the function", entry.path().display()))?;
        let target = format!("{}/{below}", target.trim_end_matches('/'));
        let mount = if entry.file_type().is_dir() {
            walk.skip_current_dir();
            format!("type=tmpfs,target={target}")
        } else {
            format!("type=bind,source=/dev/null,target={target},readonly")
        };
        arguments.extend(["--mount".to_string(), mount]);
    }
    Ok(arguments)
}

/// Returns the source directory of a mount.
///
/// # Errors
/// Fails if a link leads outside the directory that must contain the source, and on sources that belong to git.
fn mount_source(mount: &Mount, directory: &str) -> Result<String, Failure> {
    let source = path::join(directory, &mount.source);
    if is_path(mount) && check_not_of_git(Path::new(&source)).is_err() {
        return Err(format!("cannot mount `{}`: {BELONGS_TO_GIT}", mount.source).into());
    }
    let Some(within) = &mount.within else { return Ok(source) };
    let real = nearest_real(Path::new(&source));
    match real.to_str() {
        Some(real) if path::is_within(real, within) => Ok(real.to_string()),
        _ => Err(format!("the mount `{}` leads outside `{within}`", mount.source).into()),
    }
}

/// Runs a container with docker, or with podman if docker is not installed.
fn container(arguments: &[String], request: &ProgramRequest, limits: Limits) -> Result<Vec<u8>, Failure> {
    let engine = ["docker", "podman"].into_iter().find(|engine| is_on_path(engine));
    let engine = engine.ok_or("neither docker nor podman is installed")?;
    let mut command = Command::new(engine);
    command.args(arguments).current_dir(&request.directory);
    remove_relative_directories(&mut command);
    run_command(command, request.input.clone(), limits)
}

fn is_on_path(program: &str) -> bool {
    let is_in = |directory: &PathBuf| directory.is_absolute() && directory.join(program).is_file();
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|directory| is_in(&directory)))
}

/// Returns the user and group of this process as `UID:GID`.
fn current_user(limits: Limits) -> Result<String, Failure> {
    let id = |flag: &str| {
        let mut command = Command::new("id");
        command.arg(flag);
        let output = run_command(command, Vec::new(), limits)?;
        Ok::<String, Failure>(String::from_utf8_lossy(&output).trim().to_string())
    };
    Ok(format!("{}:{}", id("-u")?, id("-g")?))
}

/// Returns the value of an environment variable if it is an absolute path. Relative ones often lead to the tree.
fn absolute_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Returns the path of an exec plugin. As in kustomize, only the first plugin folder that exists is searched.
fn plugin_path(group: &str, version: &str, kind: &str) -> Result<PathBuf, Failure> {
    let home = absolute_variable("HOME");
    let folder = Path::new("kustomize").join("plugin");
    let homes = [
        absolute_variable("KUSTOMIZE_PLUGIN_HOME"),
        absolute_variable("XDG_CONFIG_HOME").map(|config| config.join(&folder)),
        home.as_ref().map(|home| home.join(".config").join(&folder)),
        home.map(|home| home.join(&folder)),
    ];
    let plugin_home = homes.into_iter().flatten().find(|directory| directory.is_dir());
    let plugin_home = plugin_home.ok_or("unable to find plugin root: no kustomize/plugin folder")?;
    let is_plain = |part: &str| !part.contains('/') && part != "..";
    if !is_plain(group) || !is_plain(version) || !is_plain(kind) {
        return Err(format!("`{group}/{version}/{kind}` is not a plugin").into());
    }
    let directory = plugin_home.join(group).join(version).join(kind.to_lowercase());
    let program = directory.join(kind);
    if program.is_file() {
        return Ok(program);
    }
    if directory.join(format!("{kind}.so")).is_file() {
        return Err(format!("the plugin {kind} is a Go shared object, which only a Go program can load").into());
    }
    Err(format!("unable to find the plugin {}", program.display()).into())
}

fn plugin(
    program: &Path,
    arguments: &[String],
    configuration: &[u8],
    request: &ProgramRequest,
    limits: Limits,
) -> Result<Vec<u8>, Failure> {
    let directory = Temporary::new("boutique-plugin-")?;
    let file = directory.path().join("kust-plugin-config");
    std::fs::write(&file, configuration).map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.arg(file).args(arguments).current_dir(&request.directory);
    remove_relative_directories(&mut command);
    command.env("KUSTOMIZE_PLUGIN_CONFIG_ROOT", &request.directory);
    // Longer variables cannot be passed; the file has the same content.
    if configuration.len() < 131_000 {
        command.env("KUSTOMIZE_PLUGIN_CONFIG_STRING", String::from_utf8_lossy(configuration).as_ref());
    }
    run_command(command, request.input.clone(), limits)
}
