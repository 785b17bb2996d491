//! Names of addresses: a line gives a name with `as`, and later lines use it with a `$` before it.

use serde_json::Value as Json;
use vellum::units::Address;

use super::Scenario;
use crate::cli::error::CliError;

impl Scenario<'_> {
    /// Parses the address in a field, as hex or as `$` and a name. Returns the zero address if the field is missing.
    pub(super) fn address(&self, field: &str, text: Option<&str>) -> Result<Address, CliError> {
        let Some(text) = text else { return Ok(Address::ZERO) };
        match text.strip_prefix('$') {
            Some(name) => self.named(name),
            None => text.parse().map_err(|error| CliError::Line(format!("`{field}`: {error}"))),
        }
    }

    fn named(&self, name: &str) -> Result<Address, CliError> {
        self.names.get(name).copied().ok_or_else(|| {
            let known: Vec<_> = self.names.keys().map(|name| format!("${name}")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            CliError::Line(format!(
                "no line before this one gives an address the name ${name}; the names so far: {known}"
            ))
        })
    }

    pub(super) fn check_new_name(&self, name: &str) -> Result<(), CliError> {
        if name.is_empty() || name.starts_with('$') {
            return Err(CliError::Line(format!(
                "`as`: {name:?} is not a valid name: it must not be empty or start with $"
            )));
        }
        match self.names.get(name) {
            Some(address) => Err(CliError::Line(format!("`as`: ${name} already names {address}"))),
            None => Ok(()),
        }
    }

    /// Replaces names by their addresses.
    pub(super) fn resolve_names(&self, expected: &mut Json) -> Result<(), CliError> {
        match expected {
            Json::String(text) => {
                if let Some(name) = text.strip_prefix('$') {
                    *text = self.named(name)?.to_string();
                }
                Ok(())
            }
            Json::Array(items) => items.iter_mut().try_for_each(|item| self.resolve_names(item)),
            Json::Object(fields) => fields.values_mut().try_for_each(|value| self.resolve_names(value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => Ok(()),
        }
    }
}
