//! Arguments, environment and terminal turned into settings, in one place. A flag beats the environment.

use std::path::PathBuf;
use std::time::Duration;

use super::args::Global;
use crate::base::env::Environment;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::region::Region;

/// What the process is connected to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings {
    pub(super) stdin_is_terminal: bool,
    pub(super) stdout_is_terminal: bool,
    pub(super) stderr_is_terminal: bool,
}

/// Everything that commands go by.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The state file, if it is not the one beside the stack.
    pub(super) state: Option<PathBuf>,
    /// `--var`, in order.
    pub(super) vars: Vec<(String, String)>,
    /// `--var-file`, in order.
    pub(super) var_files: Vec<PathBuf>,
    /// Where every call goes, if not to Alibaba Cloud.
    pub(super) endpoint: Option<String>,
    /// Whether to work on the embedded emulator.
    pub(super) emulator: bool,
    /// Where that keeps its data, if not beside the stack.
    pub(super) emulator_data: Option<PathBuf>,
    /// The profile of the default credentials.
    pub(super) profile: Option<String>,
    /// The region of what has none.
    pub(super) region: Option<Region>,
    /// How many objects are worked on at once.
    pub(super) parallelism: usize,
    /// How long to wait for the lock.
    pub(super) lock_timeout: Duration,
    /// Whether a question can be asked.
    pub(super) can_ask: bool,
    /// Whether stdout shows colour.
    pub(super) colour_out: bool,
    /// Whether stderr shows colour.
    pub(super) colour_err: bool,
    /// Whether to show every call to the cloud.
    pub(super) verbose: bool,
    /// Whether to say only what was asked for.
    pub(super) quiet: bool,
    /// The environment, for variables and credentials.
    pub(super) environment: Environment,
}

impl Settings {
    /// Settles every setting, or says what is wrong with one.
    pub(super) fn resolve(
        global: Global,
        environment: &Environment,
        surroundings: Surroundings,
    ) -> Result<Self, Diagnostic> {
        let env = |flag: &str| environment.get(&format!("CENFORM_{flag}"));
        let switch = |flag: &str| match env(flag) {
            None => Ok(None),
            Some("1" | "true") => Ok(Some(true)),
            Some("0" | "false") => Ok(Some(false)),
            Some(other) => Err(wrong(&format!("CENFORM_{flag}"), other, "true or false")),
        };
        let ci = environment.get("CI").is_some_and(|value| value != "false" && value != "0");
        let emulator_by_environment = switch("EMULATOR")?.unwrap_or(false);
        if emulator_by_environment && !global.emulator && ci {
            return Err(Diagnostic::error(
                codes::SETTING,
                "The emulator must be asked for by flag here",
                "CENFORM_EMULATOR is set, and so is CI: an apply that only looks real would go unnoticed.",
            )
            .help("Give --emulator on the command line, or unset CENFORM_EMULATOR."));
        }
        let vars = global
            .vars
            .iter()
            .map(|given| {
                // What stands alone may be a secret that lacks its name: it is not shown.
                let (name, value) = given.split_once('=').ok_or_else(|| {
                    Diagnostic::error(codes::SETTING, "--var cannot be used", "What it is given has no =.")
                        .help("Write --var NAME=VALUE.")
                })?;
                Ok((name.to_owned(), value.to_owned()))
            })
            .collect::<Result<_, Diagnostic>>()?;
        let region = global.region.or_else(|| env("REGION").map(str::to_owned));
        if let Some(region) = region.as_deref().filter(|region| !Region::is_well_formed(region)) {
            return Err(wrong("--region", region, "a region id such as cn-hangzhou"));
        }
        let parallelism = match (global.parallelism, env("PARALLELISM")) {
            (Some(n), _) => n,
            (None, Some(text)) => text.parse().map_err(|_| wrong("CENFORM_PARALLELISM", text, "a whole number"))?,
            (None, None) => 10,
        };
        if parallelism == 0 {
            return Err(wrong("--parallelism", "0", "1 or more"));
        }
        let lock_timeout = match global.lock_timeout.as_deref().or_else(|| env("LOCK_TIMEOUT")) {
            None => Duration::ZERO,
            Some(text) => {
                duration(text).ok_or_else(|| wrong("--lock-timeout", text, "a duration such as 30s or 5m"))?
            }
        };
        let input = global.input.map_or_else(|| switch("INPUT"), |given| Ok(Some(given)))?.unwrap_or(true);
        let no_colour =
            global.no_color || switch("NO_COLOR")?.unwrap_or(false) || environment.get("NO_COLOR").is_some();
        let colour = !no_colour && !ci;
        Ok(Self {
            state: global.state.or_else(|| env("STATE").map(PathBuf::from)),
            vars,
            var_files: global.var_files,
            endpoint: global.endpoint.or_else(|| env("ENDPOINT").map(str::to_owned)),
            emulator: global.emulator || emulator_by_environment,
            emulator_data: global.emulator_data.or_else(|| env("EMULATOR_DATA").map(PathBuf::from)),
            profile: global.profile.or_else(|| env("PROFILE").map(str::to_owned)),
            region: region.map(Region),
            parallelism,
            lock_timeout,
            can_ask: input && !ci && surroundings.stdin_is_terminal && surroundings.stderr_is_terminal,
            colour_out: colour && surroundings.stdout_is_terminal,
            colour_err: colour && surroundings.stderr_is_terminal,
            verbose: global.verbose || switch("VERBOSE")?.unwrap_or(false),
            quiet: global.quiet || switch("QUIET")?.unwrap_or(false),
            environment: environment.clone(),
        })
    }
}

fn wrong(what: &str, given: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error(
        codes::SETTING,
        format!("{what} cannot be used"),
        format!("It is \"{given}\" and must be {wanted}."),
    )
}

/// `90s`, `5m`, `1h30m`, `200ms` or a bare `0`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let part = match &rest[digits..unit_end] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            _ => return None,
        };
        total = total.checked_add(part)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, milliseconds) in [("0", 0), ("0s", 0), ("200ms", 200), ("30s", 30_000), ("1h30m", 5_400_000)] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "5", "5 s", "-1s", "99999999999999999999s", "5d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
