//! The command line.

use std::path::PathBuf;

use vellum::lab::Settings;

use crate::descriptions;
use crate::task::{STANDARD, TINY, Task};

pub const HELP: &str = "\
Measures other systems on workloads of vellum's lab, together with vellum itself.

Usage: vellum-peers [--quick | --full | --tiny] [--only PEER,…] [--out FILE]

  --quick         measure for a few minutes; this is the default
  --full          measure for numbers to cite
  --tiny          measure with the smallest sizes, to check all answers
  --only PEER,…   measure only these peers beside vellum, given by prefixes of their names
  --out FILE      the file for the samples [default: peers.json]

Join the results to a report: vellum report --peers peers.json
";

/// The arguments of a run.
pub struct Arguments {
    pub settings: Settings,
    pub tasks: [Task; 5],
    /// Prefixes of the names of the peers to measure; all peers if there are none.
    pub only: Vec<String>,
    pub out: PathBuf,
    /// The command that repeats the run.
    pub command: String,
}

impl Arguments {
    /// Parses the arguments. Returns nothing if help is requested.
    pub fn read(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut effort, mut only, mut out) = ("--quick".to_owned(), Vec::new(), PathBuf::from("peers.json"));
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or_else(|| format!("{argument} takes a value; see --help"));
            match argument.as_str() {
                "--quick" | "--full" | "--tiny" => effort = argument,
                "--only" => only = value()?.split(',').map(known_prefix).collect::<Result<_, _>>()?,
                "--out" => out = value()?.into(),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("there is no option {argument:?}; see --help")),
            }
        }
        let (settings, tasks) = match effort.as_str() {
            "--full" => (Settings::full(), STANDARD),
            "--tiny" => (Settings::tiny(), TINY),
            _ => (Settings::quick(), STANDARD),
        };
        let features = features();
        let mut command = format!("cargo run --release --manifest-path benches/peers/Cargo.toml{features} -- {effort}");
        if !only.is_empty() {
            command += &format!(" --only {}", only.join(","));
        }
        Ok(Some(Self { settings, tasks, only, out, command }))
    }
}

/// The features of this build as arguments of cargo. Default features need no argument.
fn features() -> String {
    let features = [
        ("revm", cfg!(feature = "revm")),
        ("cosmwasm", cfg!(feature = "cosmwasm")),
        ("polkavm", cfg!(feature = "polkavm")),
        ("near", cfg!(feature = "near")),
    ];
    let built: Vec<&str> = features.iter().filter(|(_, built)| *built).map(|(name, _)| *name).collect();
    match built.join(",").as_str() {
        "" => " --no-default-features".to_owned(),
        "revm,cosmwasm,polkavm" => String::new(),
        "revm,cosmwasm,polkavm,near" => " --features near".to_owned(),
        some => format!(" --no-default-features --features {some}"),
    }
}

/// Checks that a peer's name has this prefix.
fn known_prefix(prefix: &str) -> Result<String, String> {
    let known = !prefix.is_empty() && descriptions::others().any(|name| name.starts_with(prefix));
    let names = || descriptions::others().collect::<Vec<_>>().join("; ");
    known.then(|| prefix.to_owned()).ok_or_else(|| format!("no peer is called {prefix:?}; there are: {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_chosen_by_prefix_and_unknown_prefixes_are_refused() {
        let read = |only: &str| Arguments::read(["--only", only].map(str::to_owned).into_iter());
        assert_eq!(read("SQL,revm").unwrap().unwrap().only, ["SQL", "revm"]);
        for wrong in ["sqlite", "SQLite,", "vellum"] {
            let refused = read(wrong).err().expect("it should be refused");
            assert!(refused.contains("no peer is called") && refused.contains("cosmwasm-vm"), "{refused}");
        }
    }
}
