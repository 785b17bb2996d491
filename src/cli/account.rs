//! `vellum account`

use std::collections::BTreeMap;

use serde::Serialize;
use vellum::contract::{Signature, ValueType};
use vellum::store::{Account, StoreError};
use vellum::units::{Address, CodeHash, PageCount, StateRoot, Version};

use super::context::Context;
use super::error::CliError;
use super::integer::Decimal;
use super::text;

/// Show an account
#[derive(Debug, clap::Args)]
pub struct AccountCommand {
    /// The account's address
    address: Address,
}

impl AccountCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { address } = self;
        let view = context.state.view(address, None)?;
        let account = view.account(&address)?.ok_or(StoreError::NoAccount(address))?;
        let pages = view.stored_pages(&address)?.len();
        let exports = match account.code {
            Some(_) => view.exports(&address)?,
            None => BTreeMap::new(),
        };
        context.output.document(
            || AccountDocument::new(address, &account, pages, &exports),
            || text::account(&address, &account, pages, &exports),
        )
    }
}

/// An account and its exports as JSON. Fields that only a contract has are null without code.
#[derive(Debug, Serialize)]
struct AccountDocument<'a> {
    address: Address,
    balance: Decimal,
    nonce: Decimal,
    state: StateRoot,
    version: Version,
    /// The number of stored pages.
    pages: usize,
    max_pages: Option<PageCount>,
    code_hash: Option<CodeHash>,
    refuses_reentry: Option<bool>,
    exports: Vec<Export<'a>>,
}

#[derive(Debug, Serialize)]
struct Export<'a> {
    name: &'a str,
    params: Vec<String>,
    results: Vec<String>,
}

impl<'a> AccountDocument<'a> {
    fn new(address: Address, account: &Account, pages: usize, exports: &'a BTreeMap<String, Signature>) -> Self {
        let code = account.code;
        let types = |types: &[ValueType]| types.iter().map(ToString::to_string).collect();
        let export = |(name, signature): (&'a String, &Signature)| Export {
            name,
            params: types(&signature.params),
            results: types(&signature.results),
        };
        Self {
            address,
            balance: Decimal(account.balance),
            nonce: Decimal(account.nonce),
            state: account.state,
            version: account.version,
            pages,
            max_pages: code.map(|code| code.max_pages),
            code_hash: code.map(|code| code.hash),
            refuses_reentry: code.map(|code| code.refuses_reentry),
            exports: exports.iter().map(export).collect(),
        }
    }
}
