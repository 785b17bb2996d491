//! `vellum verify-proof`: the one command that needs neither a store nor a contract.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use vellum::proof::{ProofError, Proven, ProvenAccount, ProvenPage, ProvenRange, Verifier};
use vellum::units::{Address, ByteOffset, CodeHash, PageIndex, StateRoot, Version, WorldRoot};

use super::context::Context;
use super::error::CliError;
use super::integer::Decimal;
use super::prove::world_root;
use super::table::{Table, hex, hex_dump};

const AFTER_HELP: &str = "\
No store is opened. What a proof proves is as true as the root that it leads to, so --root is one that you trust, and
have from elsewhere: the contract's state root, or, of a proof that was made with --world, the world root.

Exit status: 0 if the proof is valid, 1 if it is not, with the reason on standard error and, under --json, a
document with `valid` false on standard output, whose `error` is of the kind `input`.";

/// Verify a proof and show what it proves
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyProof {
    /// The proof
    file: PathBuf,

    /// The state root, or world root, that the proof must lead to, as hex
    #[arg(long, value_name = "STATE_OR_WORLD_ROOT")]
    root: StateRoot,

    /// The contract, or account, that the proof must be of
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<Address>,
}

impl VerifyProof {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { file, root, contract } = self;
        let verifier = Verifier::new().root(root);
        let verifier = contract.map_or(verifier, |contract| verifier.contract(contract));
        let bytes =
            read(&file).map_err(|source| CliError::File { attempted: "reading", path: file.clone(), source })?;
        match verifier.verify(&bytes) {
            Ok(proven) => context.output.document(|| Valid::new(&proven, bytes.len()), || to_text(&proven)),
            Err(problem) => {
                let document =
                    Invalid { valid: false, reason: problem.to_string(), state: None, pages: [], ranges: [] };
                let error = CliError::Proof { path: file, problem };
                Err(context.output.failing(|| document, String::new, error))
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

/// A proof that proves nothing, for a program.
#[derive(Debug, Serialize)]
struct Invalid {
    valid: bool,
    reason: String,
    state: Option<StateRoot>,
    pages: [Page; 0],
    ranges: [Bytes; 0],
}

/// What a valid proof proves, for a program.
#[derive(Debug, Serialize)]
struct Valid {
    valid: bool,
    address: Address,
    state: Option<StateRoot>,
    world: Option<WorldRoot>,
    account: Option<Account>,
    pages: Vec<Page>,
    ranges: Vec<Bytes>,
    /// The file's length.
    bytes: usize,
}

#[derive(Debug, Serialize)]
struct Account {
    balance: Decimal,
    nonce: Decimal,
    version: Version,
    code_hash: Option<CodeHash>,
}

#[derive(Debug, Serialize)]
struct Page {
    index: PageIndex,
    present: bool,
    data: String,
}

#[derive(Debug, Serialize)]
struct Bytes {
    offset: ByteOffset,
    data: String,
}

impl Valid {
    fn new(proven: &Proven<'_>, bytes: usize) -> Self {
        let account = |account: &ProvenAccount| Account {
            balance: Decimal(account.balance),
            nonce: Decimal(account.nonce),
            version: account.version,
            code_hash: account.code_hash,
        };
        let page = |page: &ProvenPage<'_>| Page {
            index: page.index,
            present: !page.is_zero(),
            data: hex(&page.content()[..]),
        };
        let range = |range: &ProvenRange<'_>| Bytes { offset: range.offset, data: hex(&range.content()) };
        Self {
            valid: true,
            address: proven.address,
            state: proven.state,
            world: world_root(&proven.root),
            account: proven.account.as_ref().map(account),
            pages: proven.pages.iter().map(page).collect(),
            ranges: proven.ranges.iter().map(range).collect(),
            bytes,
        }
    }
}

fn to_text(proven: &Proven<'_>) -> String {
    let mut table = Table::default().row("valid", "yes").row("address", proven.address);
    if let Some(root) = world_root(&proven.root) {
        table = table.row("world", root);
    }
    table = match proven.state {
        Some(state) => table.row("state", state),
        None => table.row("account", "none at this address"),
    };
    if let Some(account) = &proven.account {
        let code = account.code_hash.map_or_else(|| "none".to_owned(), |hash| hash.to_string());
        table = table
            .row("version", account.version)
            .row("balance", account.balance)
            .row("nonce", account.nonce)
            .row("code hash", code);
    }
    for page in &proven.pages {
        table = if page.is_zero() {
            table.row("page", format_args!("{}: zero", page.index))
        } else {
            table.row("page", page.index).text(&hex_dump(page.index.start().0, &page.content()))
        };
    }
    for range in &proven.ranges {
        let (ByteOffset(start), end) = (range.offset, range.offset.0 + range.length);
        table = if range.is_zero() {
            table.row("bytes", format_args!("{start}..{end}: zero"))
        } else {
            table.row("bytes", format_args!("{start}..{end}")).text(&hex_dump(start, &range.content()))
        };
    }
    table.finish()
}
