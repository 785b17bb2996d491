//! `vellum events`

use vellum::units::Address;

use super::arguments::Topic;
use super::error::CliError;
use super::state::{self, Purpose};
use super::{Context, json, text};

/// List the events that have not expired
#[derive(Debug, clap::Args)]
pub struct EventsCommand {
    /// Only those of a contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<Address>,

    /// Only those with a topic: 32 bytes as hex
    #[arg(long, value_name = "HEX")]
    topic: Option<Topic>,
}

impl EventsCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { contract, topic } = self;
        let vm = state::open(&context.state, Purpose::Read)?;
        let events = vm.events(contract.as_ref(), topic.as_ref().map(|Topic(topic)| topic))?;
        context.output.document(|| json::events(&events), || text::events(&events))
    }
}
