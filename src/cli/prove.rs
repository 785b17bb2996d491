//! `vellum prove`

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use vellum::proof::{Proof, Root};
use vellum::units::{Address, PageIndex, StateRoot, WorldRoot};

use super::arguments::{page_number, unsigned};
use super::context::Context;
use super::error::CliError;
use super::table::Table;

/// Write a proof of what pages of a contract hold, written or not, against its state root
#[derive(Debug, clap::Args)]
pub struct Prove {
    /// The contract; with --world, any account or none
    address: Address,

    /// Which pages; the first is 0
    #[arg(value_name = "PAGE", required_unless_present = "world", value_parser = page_number)]
    pages: Vec<u32>,

    /// Prove the account, or that there is none, against the world root, and with it the pages
    #[arg(long)]
    world: bool,

    /// As a version of the contract was, which has to be kept; with --world, the world right after the commit that made it
    #[arg(long, value_name = "VERSION", value_parser = unsigned)]
    at: Option<u64>,

    /// The file to write the proof to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Prove {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address, world, at, out, .. } = self;
        let pages: Vec<_> = self.pages.into_iter().map(PageIndex).collect();
        let view = context.state.view(address, at)?;
        let proof = if world { view.prove_in_world(&address, &pages)? } else { view.prove(&address, &pages)? };
        let file_error = |source| CliError::File { attempted: "writing", path: out.clone(), source };
        fs::write(&out, &proof.bytes).map_err(file_error)?;
        let Proof { state, bytes, .. } = &proof;
        let document = || Made { address, state: *state, world: world_root(&proof.root), bytes: bytes.len() };
        context.output.document(document, || to_text(&address, &proof))
    }
}

/// What a proof leads to, for a program.
#[derive(Debug, Serialize)]
struct Made {
    address: Address,
    state: StateRoot,
    world: Option<WorldRoot>,
    /// The file's length.
    bytes: usize,
}

fn to_text(address: &Address, proof: &Proof) -> String {
    let table = Table::default().row("address", address).row("state", proof.state);
    world_root(&proof.root)
        .iter()
        .fold(table, |table, root| table.row("world", root))
        .row("bytes", proof.bytes.len())
        .finish()
}

/// The world root, if that is what a proof leads to.
pub fn world_root(root: &Root) -> Option<WorldRoot> {
    match root {
        Root::State(_) => None,
        Root::World(root) => Some(*root),
    }
}
