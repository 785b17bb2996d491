//! `vellum doctor`

use std::env::consts::{ARCH, OS};

use serde::Serialize;
use vellum::lab::measure::Event;
use vellum::paging::{PagerKind, Unavailable};

use super::context::Context;
use super::error::CliError;
use super::table::Table;

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
            pagers: PagerKind::ALL.map(|kind| Part::new(kind.name(), kind.availability())).into(),
            events: Event::ALL.map(|event| Part::new(event.name(), event.availability())).into(),
        };
        let text = || {
            let mut table = Table::default()
                .row("version", version)
                .row("host", format_args!("{OS} {ARCH}"))
                .row("durability", DURABILITY);
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
    pagers: Vec<Part>,
    events: Vec<Part>,
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
