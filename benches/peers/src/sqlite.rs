//! SQLite: a row for each word, a statement for each access.

use std::path::Path;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::algorithm::{Words, execute};
use crate::peer::{Failure, Peer, timed};
use crate::task::Request;

/// A database with one table, `word (key, value)`.
pub struct Sqlite(Connection);

impl Sqlite {
    pub fn in_memory() -> Result<Self, Failure> {
        Self::prepared(Connection::open_in_memory()?)
    }

    /// A database with a write-ahead log that never waits for the disk, as LMDB in the other arms: a commit survives a crash
    /// of the program.
    pub fn on_disk(directory: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(directory.join("words.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "off")?;
        Self::prepared(connection)
    }

    fn prepared(connection: Connection) -> Result<Self, Failure> {
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.execute_batch("CREATE TABLE word (key INTEGER PRIMARY KEY, value INTEGER NOT NULL)")?;
        Ok(Self(connection))
    }
}

/// The statements of accesses. SQLite's integers are signed, so words are stored with the same bits.
struct Statements<'a> {
    get: CachedStatement<'a>,
    set: CachedStatement<'a>,
}

impl Words for Statements<'_> {
    fn get(&mut self, key: u64) -> Result<u64, Failure> {
        let found: Option<i64> = self.get.query_row([key as i64], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0) as u64)
    }

    fn set(&mut self, key: u64, word: u64) -> Result<(), Failure> {
        self.set.execute([key as i64, word as i64])?;
        Ok(())
    }
}

const GET: &str = "SELECT value FROM word WHERE key = ?1";
const SET: &str =
    "INSERT INTO word (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

impl Peer for Sqlite {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        let mut begin = self.0.prepare_cached("BEGIN IMMEDIATE")?;
        let mut commit = self.0.prepare_cached("COMMIT")?;
        let mut statements = Statements { get: self.0.prepare_cached(GET)?, set: self.0.prepare_cached(SET)? };
        timed(requests, |request| {
            begin.execute([])?;
            let result = execute(request, &mut statements)?;
            commit.execute([])?;
            Ok(result)
        })
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        let found: Option<i64> = self.0.prepare_cached(GET)?.query_row([key as i64], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0) as u64)
    }
}
