//! What is fuzzed, by its names.

use std::str::FromStr;

use super::script::Taste;

/// What is fuzzed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// Scenarios of everything under every pager in step, against the model.
    #[default]
    PagersAgree,
    /// Calls inside calls inside calls.
    Reentry,
    /// The same script with mapped accesses, with slices and with windows.
    MappedVsSlices,
    /// Random modules, and some that are nearly right: prepared with every kind of checks they do what they did.
    Prepare,
    /// A store in memory and one on disk, with failures and deaths of the process, against the model of it.
    Store,
    /// Every decoder on bytes that are nearly right.
    Decode,
}

/// No target of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no target {name:?}: it should be one of {}", Target::ALL.map(Target::name).join(", "))]
pub struct UnknownTarget {
    /// What was asked for.
    pub name: String,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::PagersAgree, Self::Reentry, Self::MappedVsSlices, Self::Prepare, Self::Store, Self::Decode];

    /// Its name, which is that of the target in `fuzz/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PagersAgree => "pagers_agree",
            Self::Reentry => "reentry",
            Self::MappedVsSlices => "mapped_vs_slices",
            Self::Prepare => "prepare",
            Self::Store => "store",
            Self::Decode => "decode",
        }
    }

    /// The taste of its scenarios, if that is what it runs.
    pub fn taste(self) -> Option<Taste> {
        match self {
            Self::PagersAgree => Some(Taste::ANYTHING),
            Self::Reentry => Some(Taste::REENTRY),
            Self::MappedVsSlices => Some(Taste::MAPPED),
            Self::Prepare | Self::Store | Self::Decode => None,
        }
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Self, UnknownTarget> {
        Self::ALL
            .into_iter()
            .find(|target| target.name() == name)
            .ok_or_else(|| UnknownTarget { name: name.to_owned() })
    }
}
