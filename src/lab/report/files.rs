//! Files of a report.

use std::fs;
use std::path::Path;

use crate::lab::LabError;

/// Writes a file into a directory, which is made if there is none. A file of that name is replaced whole or not at all.
pub fn write(directory: &Path, name: &str, contents: &str) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(io("making the directory", directory))?;
    let (path, partial) = (directory.join(name), directory.join(format!("{name}.partial")));
    fs::write(&partial, contents).map_err(io("writing", &partial))?;
    fs::rename(&partial, &path).map_err(io("writing", &path))
}

/// What it means that something failed on a file.
pub(super) fn io(attempted: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError {
    let path = path.to_owned();
    move |source| LabError::Io { attempted, path, source }
}
