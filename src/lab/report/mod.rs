//! What came of a run, and how it is shown: `index.html` for a person, `data.json` with every sample, `summary.csv`.

mod compare;
mod data;
mod environment;
mod faults;
mod files;
mod format;
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
    /// Writes `index.html`, `data.json` and `summary.csv` into a directory, which is made if there is none.
    pub fn write(&self, directory: &Path) -> Result<(), LabError> {
        for (name, contents) in [(DATA, self.json()?), ("summary.csv", self.csv()), ("index.html", self.html()?)] {
            write(directory, name, &contents)?;
        }
        Ok(())
    }

    /// The page, whole in itself.
    pub fn html(&self) -> Result<String, LabError> {
        page::render(self)
    }

    /// One line for each arm, with a heading.
    pub fn csv(&self) -> String {
        summary::csv(self)
    }

    /// The table for a terminal.
    pub fn summary(&self) -> String {
        summary::text(self)
    }

    /// What the numbers say, in three to five sentences.
    pub fn sentences(&self) -> Vec<String> {
        sentences::all(self)
    }
}
