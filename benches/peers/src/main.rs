//! Measures other systems on workloads of vellum's lab, together with vellum. Writes a file that `vellum report --peers` joins
//! to a report.

mod algorithm;
mod arguments;
mod arms;
mod descriptions;
mod host_calls;
mod keyed;
mod measuring;
mod names;
mod native;
mod peer;
mod sqlite;
mod state_location;
mod task;

#[cfg(feature = "cosmwasm")]
mod cosmwasm;
#[cfg(feature = "revm")]
mod evm;
#[cfg(feature = "near")]
mod near;
#[cfg(feature = "polkavm")]
mod paging;

use std::fmt::Display;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use tempfile::Builder;

use arguments::Arguments;
use peer::Failure;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vellum-peers: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let Some(arguments) = Arguments::read(std::env::args().skip(1))? else {
        print!("{}", arguments::HELP);
        return Ok(());
    };
    let out = &arguments.out;
    let failed = |reason: &dyn Display| format!("writing {}: {reason}", out.display());
    // The file is created before the run, so that the run cannot end without a place for its results.
    let directory = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let readable = Permissions::from_mode(0o644);
    let mut file = Builder::new().permissions(readable).tempfile_in(directory).map_err(|reason| failed(&reason))?;
    let peers = measuring::run(&arguments)?;
    print!("{}", measuring::table(&peers));
    serde_json::to_writer(&mut file, &peers).map_err(|reason| failed(&reason))?;
    file.persist(out).map_err(|reason| failed(&reason))?;
    println!("{}", out.display());
    Ok(())
}
