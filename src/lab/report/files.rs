//! The files of a report.

use std::fs;
use std::path::Path;

use crate::lab::LabError;

/// Writes a file into a directory, which is created if it is missing. An existing file is replaced atomically.
pub fn write(directory: &Path, name: &str, contents: &str) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(io("making the directory", directory))?;
    let (path, partial) = (directory.join(name), directory.join(format!("{name}.partial")));
    let written = fs::write(&partial, contents).and_then(|()| fs::rename(&partial, &path));
    written.map_err(|error| {
        // A part of a file is of no use.
        let _ = fs::remove_file(&partial);
        io("writing", &path)(error)
    })
}

/// Makes an error of a failed operation on a file.
pub(super) fn io(attempted: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError {
    let path = path.to_owned();
    move |source| LabError::Io { attempted, path, source }
}
