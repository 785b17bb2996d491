//! Structs of named counters.

/// Defines a struct of counters, each a `u64` field.
macro_rules! counts {
    ($(#[doc = $of:literal])+ $struct:ident: $($(#[doc = $text:literal])+ $name:ident)*) => {
        $(#[doc = $of])+
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $struct {
            $($(#[doc = $text])+ pub $name: u64,)*
        }

        impl $struct {
            /// Returns every count with its name.
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }

            /// Adds the counts of another run.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

pub(super) use counts;
