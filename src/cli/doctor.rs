//! `vellum doctor`

use std::env::consts::{ARCH, OS};

use serde::Serialize;
use vellum::host;
use vellum::lab::measure::Event;
use vellum::limits::{CALL_ADDRESS_SPACE_BYTES, LEAST_STORE_MAP_BYTES};
use vellum::paging::{PagerKind, Unavailable};

use super::context::Context;
use super::error::CliError;
use super::table::Table;

/// The address space with which a call of one contract runs: its memories, the least map of the store, and the program.
const LEAST_FOR_CALLS: u64 = (CALL_ADDRESS_SPACE_BYTES + LEAST_STORE_MAP_BYTES + (256 << 20)) as u64;

/// The durability of the command line: every commit is on disk before its receipt is printed.
const DURABILITY: &str = "synced";

/// Show which pagers and counters work on this host, and how to enable the others
#[derive(Debug, clap::Args)]
pub struct Doctor {}

impl Doctor {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let version = env!("CARGO_PKG_VERSION");
        let document = || Host {
            version,
            host: format!("{OS} {ARCH}"),
            durability: DURABILITY,
            limits: limits().into(),
            pagers: PagerKind::ALL.map(|kind| Part::new(kind.name(), kind.availability())).into(),
            events: Event::ALL.map(|event| Part::new(event.name(), event.availability())).into(),
        };
        let text = || {
            let mut table = Table::default()
                .row("version", version)
                .row("host", format_args!("{OS} {ARCH}"))
                .row("durability", DURABILITY);
            for Limit { name, limit, meaning, .. } in limits() {
                let limit = limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
                table = table.row("limit", format_args!("{name}: {limit}{meaning}"));
            }
            for kind in PagerKind::ALL {
                table = match kind.availability() {
                    Ok(()) => table.row("pager", format_args!("{kind}: works here")),
                    Err(why) => table
                        .row("pager", format_args!("{kind}: not here: {}", why.reason))
                        .row("", format_args!("what would enable it: {}", why.remedy)),
                };
            }
            for event in Event::ALL {
                table = match event.availability() {
                    Ok(()) => table.row("counter", format_args!("{}: works here", event.name())),
                    Err(why) => table
                        .row("counter", format_args!("{}: not here: {}", event.name(), why.reason))
                        .row("", format_args!("what would enable it: {}", why.remedy)),
                };
            }
            table.finish()
        };
        context.output.document(document, text)
    }
}

/// The host as JSON.
#[derive(Debug, Serialize)]
struct Host {
    version: &'static str,
    host: String,
    durability: &'static str,
    limits: Vec<Limit>,
    pagers: Vec<Part>,
    events: Vec<Part>,
}

/// A limit that the host sets to the process: in JSON null if there is none.
#[derive(Debug, Serialize)]
struct Limit {
    name: &'static str,
    limit: Option<u64>,
    #[serde(skip)]
    meaning: String,
}

fn limits() -> [Limit; 3] {
    let limit = |name, limit: Option<u64>, meaning: fn(u64) -> String| Limit {
        name,
        limit,
        meaning: limit.map(meaning).unwrap_or_default(),
    };
    [
        limit("address space", host::address_space_limit(), |bytes| {
            let enough = if bytes < LEAST_FOR_CALLS { ": too little for a call" } else { "" };
            let needed = host::in_words(CALL_ADDRESS_SPACE_BYTES as u64);
            format!(" bytes ({}){enough}; each contract of a call takes up to {needed}", host::in_words(bytes))
        }),
        limit("file descriptors", host::descriptor_limit(), |_| String::new()),
        limit("file length", host::file_length_limit(), |bytes| format!(" bytes ({})", host::in_words(bytes))),
    ]
}

/// A pager or counter: whether it is available, and if not, the reason and the remedy.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    available: bool,
    reason: Option<String>,
    enable: Option<String>,
}

impl Part {
    fn new(name: &'static str, availability: Result<(), Unavailable>) -> Self {
        let (reason, enable) = availability.err().map(|why| (why.reason, why.remedy)).unzip();
        Self { name, available: reason.is_none(), reason, enable }
    }
}
