//! Other systems on workloads of vellum's lab, in one run with vellum itself. Writes a file that `vellum report --peers`
//! joins to a report.

mod algorithm;
mod arguments;
mod descriptions;
mod host_calls;
mod keyed;
mod lineup;
mod measuring;
mod native;
mod peer;
mod sqlite;
mod task;

#[cfg(feature = "cosmwasm")]
mod cosmwasm;
#[cfg(feature = "revm")]
mod evm;
#[cfg(feature = "near")]
mod near;
#[cfg(feature = "polkavm")]
mod paging;

use std::process::ExitCode;

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
    let peers = measuring::run(&arguments)?;
    print!("{}", measuring::table(&peers));
    std::fs::write(&arguments.out, serde_json::to_string(&peers)?)
        .map_err(|reason| format!("writing {}: {reason}", arguments.out.display()))?;
    println!("{}", arguments.out.display());
    Ok(())
}
