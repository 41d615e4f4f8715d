//! What to do about a file that the system does not let us read or write, by the cause that it names.

use std::io::ErrorKind;

/// Advice that fits the cause, as a sentence.
pub const fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull => "The disk is full: free some space there.",
        ErrorKind::QuotaExceeded => "Your share of that disk is used up: free some space there.",
        ErrorKind::PermissionDenied => {
            "You may not do that: look at who owns the file and its folder, and at their rights."
        }
        ErrorKind::ReadOnlyFilesystem => "That disk can only be read: mount it for writing, or work elsewhere.",
        ErrorKind::IsADirectory => "A folder stands where a file belongs: move the folder away.",
        ErrorKind::NotADirectory => "A file stands where a folder belongs: move the file away.",
        ErrorKind::NotFound => "The folder is not there, or not any more: put it back.",
        ErrorKind::FileTooLarge => "The file is larger than is believable: look whether it is the right one.",
        _ => "Look at that disk and its folder: the system's own words above name the cause.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_cause() {
        // As Linux numbers them: ENOSPC, EISDIR, EACCES, EROFS, ENOTDIR.
        for (number, says) in [
            (28, "disk is full"),
            (21, "move the folder away"),
            (13, "rights"),
            (30, "can only be read"),
            (20, "move the file away"),
        ] {
            let kind = std::io::Error::from_raw_os_error(number).kind();
            assert!(advice(kind).contains(says), "{kind}: {}", advice(kind));
        }
    }
}
