//! The limits that the host sets to this process (`ulimit`), and the words for what it refuses because of them.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// Returns the limit on the address space of the process, in bytes (RLIMIT_AS, `ulimit -v`); `None` if there is no limit.
pub fn address_space_limit() -> Option<u64> {
    getrlimit(Resource::As).current
}

/// Returns the limit on the file descriptors of the process (RLIMIT_NOFILE, `ulimit -n`); `None` if there is no limit.
pub fn descriptor_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Returns the limit on the length of the files that the process writes, in bytes (RLIMIT_FSIZE, `ulimit -f`); `None` if there is
/// no limit.
pub fn file_length_limit() -> Option<u64> {
    getrlimit(Resource::Fsize).current
}

/// Says how much address space was refused, and by which limit.
pub(crate) fn refused_address_space(bytes: usize) -> String {
    let wanted = format!("{} of address space were refused", in_words(bytes as u64));
    match address_space_limit() {
        Some(limit) => format!(
            "{wanted}: this process is limited to {} (RLIMIT_AS); `ulimit -v unlimited` lifts the limit",
            in_words(limit)
        ),
        None => format!(
            "{wanted}, though no limit is set (RLIMIT_AS): the process has reserved all, or vm.overcommit_memory is 2"
        ),
    }
}

/// Turns the error of reserving address space into one that says how much was refused, and by which limit.
pub(crate) fn address_space_error(bytes: usize) -> impl FnOnce(io::Error) -> io::Error {
    move |error| match Errno::from_io_error(&error) {
        Some(Errno::NOMEM) => io::Error::new(error.kind(), refused_address_space(bytes)),
        _ => error,
    }
}

/// Returns the limit that refused a file if there were no descriptors left for it.
pub(crate) fn lack_of_descriptors(error: &io::Error) -> Option<String> {
    match (Errno::from_io_error(error)?, descriptor_limit()) {
        (Errno::MFILE, Some(limit)) => {
            Some(format!("{error}: this process is limited to {limit} file descriptors (RLIMIT_NOFILE)"))
        }
        (Errno::MFILE, None) => Some(error.to_string()),
        (Errno::NFILE, _) => Some(format!("{error}: the open files of all processes are limited (fs.file-max)")),
        _ => None,
    }
}

/// Adds the limit to an error of opening a file if there were no descriptors left for it.
pub(crate) fn descriptor_error(error: io::Error) -> io::Error {
    match lack_of_descriptors(&error) {
        Some(reason) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

/// Shows a number of bytes in the largest unit of which it has at least one, with one decimal.
pub fn in_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let power = (bytes.max(1).ilog2() / 10).min(4);
    let tenths = (u128::from(bytes) * 10) >> (10 * power);
    let unit = UNITS[power as usize];
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn bytes_are_shown_in_the_largest_unit_of_which_there_is_one() {
        let shown = [0, 1, 1_023, 1_024, 1_536, (4 << 30) + (32 << 20), 36 << 30, 4 << 40, u64::MAX].map(in_words);
        assert_eq!(
            shown,
            ["0 bytes", "1 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "4 GiB", "36 GiB", "4 TiB", "16777215.9 TiB"]
        );
    }
}
