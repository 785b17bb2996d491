//! What the host must have for a campaign. A failure for lack of it is no finding.

use std::env;
use std::fs::File;
use std::io::{self, Write};

use memmap2::MmapOptions;

use super::target::Target;
use crate::host;
use crate::limits::CALL_ADDRESS_SPACE_BYTES;
use crate::scratch::ScratchDirectory;

/// File descriptors that a campaign has open at once, at most.
const DESCRIPTORS: usize = 16;

/// Bytes that the stores of a campaign take on the disk, at most.
const FILE_BYTES: usize = 8 << 20;

/// Something that a campaign needs and the host refuses.
#[derive(Debug, thiserror::Error)]
#[error("the fuzzer needs {need}: {refusal}")]
pub struct Lack {
    /// The resource.
    pub need: String,
    /// The answer of the host.
    pub refusal: io::Error,
}

/// Tries what a campaign needs from the host: address space for a call, file descriptors, and for the target `store` disk space.
///
/// # Errors
/// Returns the first resource that the host refuses.
pub fn check_host(target: Target) -> Result<(), Lack> {
    let lack = |need: String| move |refusal| Lack { need, refusal };
    let space = MmapOptions::new().len(CALL_ADDRESS_SPACE_BYTES).no_reserve_swap().map_anon();
    let space = space.map_err(host::address_space_error(CALL_ADDRESS_SPACE_BYTES));
    space.map_err(lack(format!("{} of address space", host::in_words(CALL_ADDRESS_SPACE_BYTES as u64))))?;
    let opened: io::Result<Vec<File>> = (0..DESCRIPTORS).map(|_| File::open("/dev/null")).collect();
    opened.map_err(host::descriptor_error).map_err(lack(format!("{DESCRIPTORS} file descriptors")))?;
    if target == Target::Store {
        write_a_file().map_err(lack(format!(
            "{} in a file below {}",
            host::in_words(FILE_BYTES as u64),
            env::temp_dir().display()
        )))?;
    }
    Ok(())
}

fn write_a_file() -> io::Result<()> {
    let directory = ScratchDirectory::new(&env::temp_dir(), "vellum-fuzz-")?;
    let mut file = File::create(directory.path().join("file"))?;
    let zeros = vec![0; 1 << 20];
    (0..FILE_BYTES / zeros.len()).try_for_each(|_| file.write_all(&zeros))
}
