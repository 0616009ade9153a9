//! The panic hook: prints a message that asks for a bug report, and exits with code 70.

use std::io::Write as _;
use std::panic::PanicHookInfo;

use crate::cli::exit::Code;
use crate::cli::messages::style::{printable, without_commands};
use crate::io::clean_up_before_exit;
use crate::remote::without_credentials;

/// The environment variable that makes the process panic after its hook is set, to test the hook.
const PANIC_VARIABLE: &str = "BOUTIQUE_INTERNAL_PANIC";

/// Makes every panic of this process end with a message and exit code 70.
pub fn set_hook() {
    std::panic::set_hook(Box::new(|info| {
        // If standard error is closed, there is nowhere to report it.
        let _ = std::io::stderr().write_all(without_commands(&report(info)).as_bytes());
        clean_up_before_exit();
        std::process::exit(Code::Internal as i32);
    }));
    if let Some(message) = std::env::var_os(PANIC_VARIABLE) {
        panic!("{}", message.to_string_lossy());
    }
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown");
    let location = info.location().map_or("unknown".to_string(), ToString::to_string);
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    format!(
        "internal error: {}\n  version:  boutique {} ({}-{})\n  command:  {}\n  location: {location}\n\
         This is a bug in boutique. Please report it, including these lines, at {}/issues\n",
        printable(message),
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
        printable(&without_credentials(&arguments.join(" "))),
        env!("CARGO_PKG_REPOSITORY"),
    )
}
