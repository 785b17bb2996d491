//! The report of a run: `index.html` for a reader, `data.json` with every sample, and `summary.csv`.

mod compare;
mod data;
mod environment;
mod faults;
mod files;
mod format;
mod former_names;
mod join;
mod limits;
mod overview;
mod page;
mod peers;
mod plot;
mod plots;
mod read;
mod reentry;
mod resume;
mod sentences;
mod summary;
#[cfg(test)]
mod tests;

pub use compare::{Compared, Comparison, Different, Run};
pub use data::{DATA, Report, SCHEMA, Taken, VERSION};
pub use environment::Environment;
pub use files::write;
pub use overview::{OVERVIEW, Scheme};
pub use peers::{PEERS, PEERS_QUESTION, PEERS_SCHEMA, PEERS_VERSION, Peer, Peers, PeersRun};

use std::path::Path;

use super::LabError;

impl Report {
    /// Writes `index.html`, `data.json` and `summary.csv` into a directory, which is created if it is missing.
    pub fn write(&self, directory: &Path) -> Result<(), LabError> {
        for (name, contents) in [(DATA, self.json()?), ("summary.csv", self.csv()), ("index.html", self.html()?)] {
            write(directory, name, &contents)?;
        }
        Ok(())
    }

    /// The page. It needs no other file.
    pub fn html(&self) -> Result<String, LabError> {
        page::render(self)
    }

    /// `summary.csv`: a heading, and a line for each arm.
    pub fn csv(&self) -> String {
        summary::csv(self)
    }

    /// The summary for a terminal.
    pub fn summary(&self) -> String {
        summary::text(self)
    }

    /// The results in sentences.
    pub fn sentences(&self) -> Vec<String> {
        sentences::all(self)
    }
}
