//! The functions of the interpreter, with their arguments and results.

/// The function that the next call names, with its arguments.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Callee {
    pub(super) function: u32,
    pub(super) first: u32,
    pub(super) second: u32,
    /// The number of argument bytes that the input lacks.
    pub(super) lacking: u32,
}

impl Callee {
    /// Returns the arguments, which the function folds into the accumulator before it executes its script.
    pub(super) fn folded(self) -> Vec<i64> {
        match self.function {
            1 => vec![(self.first as i32).into(), self.both()],
            2 => vec![self.both(), (self.second as i32).into()],
            _ => Vec::new(),
        }
    }

    /// Encodes the arguments.
    pub(super) fn arguments(self) -> Vec<u8> {
        match self.function {
            1 => [&self.first.to_le_bytes()[..], &self.both().to_le_bytes()].concat(),
            2 => [&self.both().to_le_bytes()[..], &self.second.to_le_bytes()].concat(),
            _ => Vec::new(),
        }
    }

    /// Encodes the results.
    pub(super) fn results(self, accumulator: i64) -> Vec<u8> {
        let (low, high) = (accumulator as u32, (accumulator >> 32) as u32);
        let whole = accumulator.to_le_bytes();
        match self.function {
            1 => [&whole[..], &high.to_le_bytes()].concat(),
            2 => [&high.to_le_bytes()[..], &whole, &low.to_le_bytes()].concat(),
            _ => whole.to_vec(),
        }
    }

    /// True if the function exists and its input has all arguments.
    pub(super) fn can_begin(self) -> bool {
        self.function < 3 && (self.lacking == 0 || self.arguments().is_empty())
    }

    fn both(self) -> i64 {
        i64::from(self.second) | i64::from(self.first) << 32
    }
}
