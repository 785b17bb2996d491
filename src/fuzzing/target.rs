//! The targets of the fuzzer, and their names.

use std::str::FromStr;

use super::script::Profile;

/// What a campaign fuzzes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// Scenarios with steps of every kind, under every pager, compared with the model.
    #[default]
    PagersAgree,
    /// The same for scenarios with deeply nested calls.
    Reentry,
    /// The same script by mapped accesses, by slices and by windows.
    MappedVsSlices,
    /// Random modules: prepared with each kind of page checks, they do the same as without preparation.
    Prepare,
    /// A store in memory and one on disk, with failing operations and killed processes, compared with a model.
    Store,
    /// Every decoder on nearly valid bytes.
    Decode,
}

/// Error: no target has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown target {name:?}: it must be one of {}", Target::ALL.map(Target::name).join(", "))]
pub struct UnknownTarget {
    /// The name that was given.
    pub name: String,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 6] =
        [Self::PagersAgree, Self::Reentry, Self::MappedVsSlices, Self::Prepare, Self::Store, Self::Decode];

    /// Returns the name, which is also that of the target in `fuzz/`.
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

    /// Returns the profile of the target's scenarios, or `None` if it does not run scenarios.
    pub fn profile(self) -> Option<Profile> {
        match self {
            Self::PagersAgree => Some(Profile::ANYTHING),
            Self::Reentry => Some(Profile::REENTRY),
            Self::MappedVsSlices => Some(Profile::MAPPED),
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
