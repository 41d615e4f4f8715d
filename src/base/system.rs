//! Who runs this process, and where: asked of the operating system.

use std::path::Path;

use super::fs::Fs;

/// The users of the machine, a line each, with name and number in the first and third of its fields.
const USERS: &str = "/etc/passwd";

/// The most that such a list may hold, in bytes.
const LONGEST: u64 = 4 << 20;

/// The state of this process, as Linux tells it.
const STATUS: &str = "/proc/self/status";

/// The name of this process's user, or their number where the machine's own list does not have it.
pub fn user(files: &dyn Fs) -> String {
    let number = rustix::process::getuid().as_raw().to_string();
    let users = files.read(Path::new(USERS), LONGEST).unwrap_or_default();
    name_of(&number, &String::from_utf8_lossy(&users)).unwrap_or_else(|| format!("user {number}"))
}

fn name_of(number: &str, users: &str) -> Option<String> {
    let mut rows = users.lines().map(|line| line.split(':'));
    rows.find_map(|mut row| {
        let name = row.next().filter(|name| !name.is_empty())?;
        (row.nth(1)? == number).then(|| name.to_owned())
    })
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether this process was started with a signal ignored, as `nohup` starts one; no, where the system does not tell.
/// To listen to a signal ends that.
pub fn ignores(files: &dyn Fs, signal: u32) -> bool {
    let status = files.read(Path::new(STATUS), LONGEST).unwrap_or_default();
    has_ignored(&String::from_utf8_lossy(&status), signal)
}

fn has_ignored(status: &str, signal: u32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    signal.checked_sub(1).and_then(|bit| mask.checked_shr(bit)).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\n\n:x:7:\nshort\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(name_of("1000", users).as_deref(), Some("ada"));
        assert_eq!(name_of("0", users).as_deref(), Some("root"));
        for nobody in ["7", "8", "100", "x"] {
            assert_eq!(name_of(nobody, users), None, "{nobody}");
        }
    }

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let status = "Name:\tcenform\nSigIgn:\t0000000000001001\nSigCgt:\tffffffffffffffff\n";
        assert!(has_ignored(status, 1) && has_ignored(status, 13));
        for signal in [0, 2, 15, 65, u32::MAX] {
            assert!(!has_ignored(status, signal), "{signal}");
        }
        for other in ["", "SigIgn:\n", "SigIgn:\tmany\n"] {
            assert!(!has_ignored(other, 1), "{other:?}");
        }
    }
}
