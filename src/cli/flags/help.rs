//! Help texts that name command-line flags: those that set limits and grant permissions.

use crate::Code;
use crate::diagnostic::{Help, Limit, Permission};

/// Returns the flag that sets a limit.
fn limit_flag(limit: Limit) -> &'static str {
    match limit {
        Limit::Nesting => "--max-nesting",
        Limit::AliasNodes => "--max-alias-nodes",
        Limit::Documents => "--max-documents",
        Limit::IncludeDepth => "--max-include-depth",
        Limit::Bases => "--max-bases",
        Limit::Resources => "--max-resources",
        Limit::ResourceMemory => "--max-resource-memory",
        Limit::Output => "--max-output",
        Limit::Work => "--max-work",
        Limit::PatternSize => "--max-pattern-size",
        Limit::FileSize => "--max-file-size",
        Limit::DownloadSize => "--max-download-size",
        Limit::CloneSize => "--max-clone-size",
        Limit::FetchTime => "--max-fetch-time",
        Limit::ProgramTime => "--timeout",
        Limit::ProgramOutput => "--max-program-output",
        Limit::Time => "--max-time",
        Limit::Memory => "--max-memory",
    }
}

/// Returns the text about how to grant a permission.
fn permission_text(permission: Permission) -> &'static str {
    match permission {
        Permission::FilesOutside => {
            "move the file below the kustomization, or allow it with `--load-restrictor LoadRestrictionsNone`"
        }
        Permission::LoadRoot => "allow its directory with another `--load-root`",
        Permission::Plugins => "allow functions and plugins with `--enable-alpha-plugins`",
        Permission::PluginNetwork => "allow it with `--network`",
        Permission::Helm => "allow it with `--enable-helm`",
        Permission::Remote => "`--no-remote` forbids remote content",
        Permission::Network => "`--offline` forbids network access",
        Permission::Host => "allow the host with another `--allow-host`",
        Permission::PrivateRedirects => "allow it with `--allow-private-redirects`",
        Permission::Scope => "choose a directory that contains both with `--scope`",
    }
}

/// Returns the help of a diagnostic, with command-line flags.
pub fn help_text(help: &Help) -> String {
    match help {
        Help::Text(text) => text.clone(),
        Help::NameReference { referent, kind, path } => {
            let command = format!("boutique edit add configuration --name-reference '{referent}={kind}:{path}'");
            format!("{help}, or run `{command}`")
        }
        Help::Raise(limit) => format!("if this is intended, raise the limit with `{}`", limit_flag(*limit)),
        Help::Allow(permission) => permission_text(*permission).to_string(),
    }
}

/// Returns the explanation of a code, with the command-line flags that concern it.
pub fn explanation(code: Code) -> String {
    let flags = flags_of_code(code);
    let gap = if flags.is_empty() { "" } else { "\n" };
    let fix = code.fix().map(|fix| format!("\nFix of `boutique lint --fix`: {fix}\n")).unwrap_or_default();
    format!("{}{fix}{gap}{flags}", code.explanation())
}

/// Returns a paragraph about the flags that concern a code; empty if there are none.
fn flags_of_code(code: Code) -> String {
    let name = code.as_str();
    match code {
        Code::OutsideRoot => "`--load-restrictor LoadRestrictionsNone` allows files outside of the kustomization's \
            directory. `--load-root` allows\nall files below a directory.\n"
            .to_string(),
        Code::NotAllowed => "`--enable-helm` allows Helm charts, and `--enable-alpha-plugins` allows functions and \
            plugins. Functions that are\nexecutables also require `--enable-exec`.\n"
            .to_string(),
        Code::ProgramFailed => "For charts, `--helm-debug` shows the debug output of helm.\n".to_string(),
        Code::LimitExceeded => "The flags under \"Limits\" in `boutique render --help` set the limits.\n".to_string(),
        _ if code.is_suppressible() => format!(
            "Suppress it with `--allow {name}`, or with the comment `# boutique: allow({name})` at the end of the line, \
             on the line\nbefore it, or at the top of the file. `--deny {name}` makes it an error.\n"
        ),
        _ => String::new(),
    }
}
