//! What is measured.

/// What of a call counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// What many rounds take, without what one round takes.
    #[default]
    Rounds,
    /// A whole call, after others like it.
    Warm,
    /// A whole call, the first one of a VM.
    Cold,
}

/// Something that a contract does for gas.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub name: String,
    /// What is done, as code that leaves the stack as it was.
    pub code: String,
    /// Code that runs once, before.
    pub setup: String,
    /// The module, in place of that of [`contract`](super::contract::contract).
    pub module: Option<String>,
    /// Functions, globals and segments that the code needs.
    pub extra: String,
    /// True if a round does it once, and not eight times.
    pub is_once: bool,
    /// The most rounds of one call; 0 for any number.
    pub most: i32,
    /// Other contracts. The input, at 200 of own memory, has their addresses.
    pub peers: Vec<String>,
    /// How the time is measured.
    pub kind: Kind,
    /// True if it depends on the pager.
    pub is_paged: bool,
    /// Why the bound does not hold for it.
    pub exempt: Option<&'static str>,
    /// Why the bound does not hold for it under the pagers that detect writes late.
    pub exempt_late: Option<&'static str>,
}

/// A row that does not depend on the pager.
pub fn row(name: impl Into<String>, code: impl Into<String>) -> Row {
    Row { name: name.into(), code: code.into(), ..Row::default() }
}

impl Row {
    /// How often a round does it.
    pub fn unrolled(&self) -> usize {
        if self.is_once { 1 } else { 8 }
    }

    /// The row depends on the pager.
    pub fn paged(self) -> Self {
        Self { is_paged: true, ..self }
    }

    /// With code that runs once before.
    pub fn after(self, setup: impl Into<String>) -> Self {
        Self { setup: setup.into(), ..self }
    }

    /// At most this many rounds in one call.
    pub fn most(self, rounds: i32) -> Self {
        Self { most: rounds, ..self }
    }

    /// With other contracts.
    pub fn peers(self, peers: Vec<String>) -> Self {
        Self { peers, ..self }
    }

    /// Measured as a whole call.
    pub fn whole(self, kind: Kind) -> Self {
        Self { kind, is_once: true, ..self }
    }

    /// With functions, globals and segments.
    pub fn with(self, extra: impl Into<String>) -> Self {
        Self { extra: extra.into(), ..self }
    }

    /// Done once in each round.
    pub fn once(self) -> Self {
        Self { is_once: true, ..self }
    }

    /// Not bounded under the pagers that detect writes late, for this reason.
    pub fn late(self, reason: &'static str) -> Self {
        Self { exempt_late: Some(reason), ..self }
    }

    /// Not bounded, for this reason.
    pub fn exempt(self, reason: &'static str) -> Self {
        Self { exempt: Some(reason), ..self }
    }
}
