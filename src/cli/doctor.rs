//! `vellum doctor`

use std::env::consts::{ARCH, OS};

use serde_json::json;
use vellum::lab::measure::Event;
use vellum::paging::PagerKind;

use super::error::CliError;
use super::text::Table;
use super::{Context, json};

/// Every commit of the command line is on disk before it is reported.
const DURABILITY: &str = "synced";

/// Show which pagers and counters work on this host, and what would help where one does not
#[derive(Debug, clap::Args)]
pub struct Doctor {}

impl Doctor {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let version = env!("CARGO_PKG_VERSION");
        let document = || {
            json!({
                "version": version,
                "host": format!("{OS} {ARCH}"),
                "durability": DURABILITY,
                "pagers": PagerKind::ALL.map(|kind| json::available(kind.name(), kind.availability())),
                "events": Event::ALL.map(|event| json::available(event.name(), event.availability())),
            })
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
