//! `vellum prove`

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;
use vellum::limits::MAX_PROOF_RANGE_BYTES;
use vellum::proof::{Proof, Root, Selection};
use vellum::units::{Address, ByteOffset, PageIndex, StateRoot, WorldRoot};

use super::arguments::{byte_range, page_number, unsigned};
use super::context::Context;
use super::error::CliError;
use super::table::Table;

fn after_help() -> String {
    format!(
        "\
A proof of bytes shows the chunks of 512 bytes that hold them, and nothing else of their pages. Ranges that touch or overlap
are proven as one. All ranges of a proof can have {MAX_PROOF_RANGE_BYTES} bytes together."
    )
}

/// Write a proof of what pages and ranges of bytes of a contract hold, written or not, against its state root
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub struct Prove {
    /// The contract; with --world, any account or none
    address: Address,

    /// Which pages; the first is 0
    #[arg(value_name = "PAGE", required_unless_present_any = ["world", "ranges"], value_parser = page_number)]
    pages: Vec<u32>,

    /// The bytes from an offset in the storage up to another one, which is not among them; can be given several times
    #[arg(long = "bytes", value_name = "OFFSET..END", value_parser = byte_range)]
    ranges: Vec<Range<u64>>,

    /// Prove the account, or that there is none, against the world root, and with it the pages and bytes
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
        let Self { address, pages, ranges, world, at, out } = self;
        let selection = pages.into_iter().map(PageIndex).fold(Selection::new(), Selection::page);
        let selection = ranges
            .into_iter()
            .fold(selection, |selection, bytes| selection.bytes(ByteOffset(bytes.start), bytes.end - bytes.start));
        let view = context.state.view(address, at)?;
        let proof = if world { view.prove_in_world(&address, selection)? } else { view.prove(&address, selection)? };
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
