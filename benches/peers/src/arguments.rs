//! The command line.

use std::path::PathBuf;

use vellum::lab::Settings;

use crate::descriptions;
use crate::task::{STANDARD, TINY, Task};

pub const HELP: &str = "\
Measures other systems on workloads of vellum's lab, and vellum itself in the same run.

Usage: vellum-peers [--quick | --full | --tiny] [--only PEER,…] [--out FILE]

  --quick         measure for a few minutes; this is the default
  --full          measure for numbers to cite
  --tiny          measure next to nothing, to see that all answers are right
  --only PEER,…   these peers beside vellum, by the beginning of their names
  --out FILE      where the samples go [default: peers.json]

Join them to a report: vellum report --peers peers.json
";

/// How much is measured, of whom, and where it goes.
pub struct Arguments {
    pub settings: Settings,
    pub tasks: [Task; 5],
    pub only: Vec<String>,
    pub out: PathBuf,
    /// What repeats the run.
    pub command: String,
}

impl Arguments {
    /// Nothing if only help is wanted.
    pub fn read(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut effort, mut only, mut out) = ("--quick".to_owned(), Vec::new(), PathBuf::from("peers.json"));
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or_else(|| format!("{argument} takes a value; see --help"));
            match argument.as_str() {
                "--quick" | "--full" | "--tiny" => effort = argument,
                "--only" => only = value()?.split(',').map(named).collect::<Result<_, _>>()?,
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

/// The features of this build as arguments of cargo, those apart that it has by itself.
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

/// The beginning of a peer's name.
fn named(beginning: &str) -> Result<String, String> {
    let known = !beginning.is_empty() && descriptions::others().any(|name| name.starts_with(beginning));
    let names = || descriptions::others().collect::<Vec<_>>().join("; ");
    known
        .then(|| beginning.to_owned())
        .ok_or_else(|| format!("no peer is called {beginning:?}; there are: {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_chosen_by_the_beginning_of_their_names_and_unknown_ones_refused() {
        let read = |only: &str| Arguments::read(["--only", only].map(str::to_owned).into_iter());
        assert_eq!(read("SQL,revm").unwrap().unwrap().only, ["SQL", "revm"]);
        for wrong in ["sqlite", "SQLite,", "vellum"] {
            let refused = read(wrong).err().expect("it should be refused");
            assert!(refused.contains("no peer is called") && refused.contains("cosmwasm-vm"), "{refused}");
        }
    }
}
