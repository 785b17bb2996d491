//! The command line.

use std::path::PathBuf;

use vellum::lab::Settings;

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
                "--only" => only = value()?.split(',').map(str::to_owned).collect(),
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
        let mut command = format!("cargo run --release --manifest-path benches/peers/Cargo.toml -- {effort}");
        if !only.is_empty() {
            command += &format!(" --only {}", only.join(","));
        }
        Ok(Some(Self { settings, tasks, only, out, command }))
    }
}
