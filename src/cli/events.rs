//! `vellum events`

use serde::Serialize;
use vellum::receipt::RecordedEvent;
use vellum::units::Address;

use super::arguments::Topic;
use super::context::Context;
use super::error::CliError;
use super::state::Purpose;
use super::text;

/// Events as JSON.
#[derive(Debug, Serialize)]
struct Events<'a> {
    events: &'a [RecordedEvent],
}

/// List the events that have not expired
#[derive(Debug, clap::Args)]
pub struct EventsCommand {
    /// Only events of this contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<Address>,

    /// Only events with this topic: 32 bytes as hex
    #[arg(long, value_name = "HEX")]
    topic: Option<Topic>,
}

impl EventsCommand {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { contract, topic } = self;
        let vm = context.state.open(Purpose::Read)?;
        let events = vm.events(contract.as_ref(), topic.as_ref().map(|Topic(topic)| topic))?;
        context.output.document(|| Events { events: &events }, || text::events(&events))
    }
}
