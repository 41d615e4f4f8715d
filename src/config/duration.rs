//! Durations such as `30s`, `10m` and `1h30m`.

use std::time::Duration;

/// The pattern of a duration, for the JSON Schema.
pub(super) const PATTERN: &str = "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
/// What to write.
pub(super) const HELP: &str = "Write it as 30s, 10m or 1h30m, at most 720h.";
/// The longest duration: 30 days.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Reads a duration; `0` needs no unit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let ours = text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'h' | 'm' | 's')) && !text.contains("ms");
    let span = text.parse::<jiff::SignedDuration>().ok().filter(|_| ours)?;
    Duration::try_from(span).ok().filter(|duration| *duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_an_end() {
        for (text, seconds) in [("0", 0), ("0s", 0), ("30s", 30), ("10m", 600), ("1h30m", 5400), ("720h", 2_592_000)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "-5s", "1d", "721h", "1.5h", "10 m", "PT5S", "5ms", "99999999999999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
