//! A life as data: what is found wrong is kept as a file, which no change of the author alters.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use cenform::base::sim_fs::Fault;
use cenform::emulator::options::Options;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::suite::engine::bench::Crash;

/// One life. Its text form is YAML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub(super) cloud: Cloud,
    pub(super) steps: Vec<Step>,
}

/// How the emulator is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cloud {
    /// What ids, tokens, chances and losses come from.
    pub(super) seed: u64,
    pub(super) settle_ms: u64,
    pub(super) stale_ms: u64,
    pub(super) write_domains: bool,
    /// How many objects a page of a list has at most; none says as many as were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page_given: Option<NonZeroUsize>,
}

/// One run, and what comes after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) stack: String,
    /// Whether the stack is destroyed rather than applied.
    pub(super) destroy: bool,
    /// What the emulator does wrong, as `--faults` takes it.
    pub(super) faults: Vec<Json>,
    pub(super) end: End,
    /// Whether power fails when it is over.
    pub(super) power_fails: bool,
    /// Whether the emulator is started anew after it.
    pub(super) restart: bool,
    pub(super) pause_s: u64,
    /// With which call, counted from 1, the emulator is started anew and loses the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) restart_at: Option<u64>,
    /// With which call somebody else begins to make what looks like ours; when the run is over, if there are fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stranger_at: Option<u64>,
    /// Who else is at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Beside>,
}

/// A second process, with the same state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    /// With which call of the first it begins, counted from 1; when that is over, if there are fewer.
    pub(super) from: u64,
    pub(super) stack: String,
    /// Whether the stack is destroyed rather than applied.
    pub(super) destroy: bool,
    /// How long it waits for the lock.
    pub(super) wait_s: u64,
    /// Whether it takes the lock although another has it.
    pub(super) robs: bool,
    pub(super) end: End,
}

/// What ends a run before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// Nothing.
    Own,
    /// The process dies before this call that changes something, counted from 1.
    Before(u64),
    /// The process dies after this call, before its answer.
    After(u64),
    /// Somebody interrupts it with this call.
    Interrupted(u64),
    /// The process dies before this call of any sort, counted from 1.
    BeforeAny(u64),
    /// The process dies after this call of any sort, before its answer.
    AfterAny(u64),
    /// Somebody interrupts it with this call of any sort.
    InterruptedAny(u64),
    /// The process dies at this operation of the disk, counted from 1.
    At(u64),
    /// The disk is full at this operation.
    Full(u64),
    /// This operation of the disk is not permitted.
    Denied(u64),
    /// The disk is read-only at this operation.
    ReadOnly(u64),
}

impl End {
    /// When the process dies with a call.
    pub(super) const fn of_wire(self) -> Option<Crash> {
        match self {
            Self::Before(call) => Some(Crash::Before(call)),
            Self::After(call) => Some(Crash::After(call)),
            Self::BeforeAny(call) => Some(Crash::BeforeAny(call)),
            Self::AfterAny(call) => Some(Crash::AfterAny(call)),
            _ => None,
        }
    }

    /// What goes wrong with the disk, and at which operation.
    pub(super) const fn of_disk(self) -> Option<(u64, Fault)> {
        match self {
            Self::Own
            | Self::Before(_)
            | Self::After(_)
            | Self::Interrupted(_)
            | Self::BeforeAny(_)
            | Self::AfterAny(_)
            | Self::InterruptedAny(_) => None,
            Self::At(nth) => Some((nth, Fault::Stop)),
            Self::Full(nth) => Some((nth, Fault::DiskFull)),
            Self::Denied(nth) => Some((nth, Fault::Denied)),
            Self::ReadOnly(nth) => Some((nth, Fault::ReadOnly)),
        }
    }
}

impl Cloud {
    pub(super) fn options(&self) -> Options {
        let mut options = Options {
            seed: self.seed,
            settle: Duration::from_millis(self.settle_ms),
            stale: Duration::from_millis(self.stale_ms),
            write_domains: self.write_domains,
            ..Options::default()
        };
        // Nobody says that a service forgets a token, or a refusal that it was given, as soon as it may.
        options.settings.token_memory = Duration::from_hours(24);
        options.settings.page_given = self.page_given.unwrap_or(options.settings.page_given);
        options
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_yaml::to_string(self).map_err(|_| fmt::Error)?)
    }
}
