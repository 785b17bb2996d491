//! Counts of what was reached, with their names.

/// Defines a struct of counts.
macro_rules! counts {
    ($(#[doc = $of:literal])+ $struct:ident: $($(#[doc = $text:literal])+ $name:ident)*) => {
        $(#[doc = $of])+
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $struct {
            $($(#[doc = $text])+ pub $name: u64,)*
        }

        impl $struct {
            /// Every count with its name, in words.
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }

            /// Adds what was reached otherwise.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

pub(super) use counts;
