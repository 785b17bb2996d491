//! `vellum verify-proof`: the one command that needs neither a store nor a contract.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use vellum::proof::{ProofError, Verifier};
use vellum::units::{Address, StateRoot};

use super::error::CliError;
use super::{Context, json, text};

const AFTER_HELP: &str = "\
No store is opened. What a proof proves is true if the root that it leads to is: give the one that you trust with
--root, or compare what is shown with it. A proof of pages leads to the contract's state root, one that was made
with --world to the world root.

Exit status: 0 if the proof is valid, 1 if it is not, with the reason on standard error and, under --json, a
document with `valid` false on standard output.";

/// Verify a proof and show what it proves
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyProof {
    /// The proof
    file: PathBuf,

    /// The state root or world root that the proof must lead to
    #[arg(long, value_name = "HEX")]
    root: Option<StateRoot>,

    /// The contract, or account, that the proof must be of
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<Address>,
}

impl VerifyProof {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, root, contract } = self;
        let mut verifier = Verifier::new();
        verifier = root.map_or(verifier, |root| verifier.root(root));
        verifier = contract.map_or(verifier, |contract| verifier.contract(contract));
        let bytes =
            read(&file).map_err(|source| CliError::File { attempted: "reading", path: file.clone(), source })?;
        match verifier.verify(&bytes) {
            Ok(proven) => {
                context.output.document(|| json::proven(&proven, bytes.len()), || text::proven(&proven, root.is_some()))
            }
            Err(problem) => {
                context.output.document(|| json::not_proven(&problem), String::new)?;
                Err(CliError::Proof { path: file, problem })
            }
        }
    }
}

/// The bytes of a proof, or the first few of what cannot be one.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    const HEAD: u64 = 64;
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    if !matches!(Verifier::new().verify(&bytes), Err(ProofError::NotAProof | ProofError::Format { .. })) {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
