//! A place to run the program in, and ways to look at what came of it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Somebody without money or nonce.
pub const NOBODY: &str = "0x00000000000000000000000000000000000000ff";

pub const ZERO_STATE: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";

/// A contract of the folder `tests/contracts`.
pub fn contract(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts").join(name)
}

/// A directory of its own, with a store in `state` once something is deployed.
#[derive(Debug)]
pub struct World(TempDir);

impl World {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Writes a file and says where.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The program on this world's store. Compiled contracts are shared by all tests, and not with the user's.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vellum"));
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        command.env("XDG_CACHE_HOME", cache).env_remove("VELLUM_STATE").current_dir(self.0.path()).stdin(Stdio::null());
        command.arg("--state").arg(self.state()).args(arguments);
        command
    }

    pub fn output<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that works, and gives what it prints. It says nothing on standard error.
    #[track_caller]
    pub fn text<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.output(arguments);
        let (printed, said) = texts(&output);
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{printed}");
        printed
    }

    /// Runs a command that works with `--json`, and gives the one document that it prints.
    #[track_caller]
    pub fn json<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Value {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let json = [OsStr::new("--json")].into_iter().chain(arguments.iter().map(AsRef::as_ref));
        serde_json::from_str(&self.text(json)).unwrap()
    }

    /// Runs a command that does not work, and gives what it says on standard error. It prints nothing.
    #[track_caller]
    pub fn refusal<A: AsRef<OsStr>>(&self, status: i32, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.output(arguments);
        let (printed, said) = texts(&output);
        assert_eq!((output.status.code(), printed.as_str()), (Some(status), ""), "{said}");
        assert!(said.starts_with("error: ") && !said.contains("panicked"), "{said}");
        said
    }

    /// Deploys a contract of `tests/contracts` and gives its address.
    #[track_caller]
    pub fn deploy(&self, name: &str) -> String {
        let deployed = self.json([OsStr::new("deploy"), contract(name).as_os_str()]);
        deployed["address"].as_str().unwrap().to_owned()
    }

    /// The bytes that the store holds.
    pub fn stored(&self) -> Vec<u8> {
        fs::read(self.state().join("data.mdb")).unwrap()
    }
}

/// What a process printed, and what it said on standard error.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The names of a document's fields, in their order.
pub fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The halt's kind and message in a receipt.
#[track_caller]
pub fn halt(receipt: &Value) -> (&str, &str) {
    assert_eq!(receipt["status"], "halted", "{receipt}");
    assert!(receipt["commit"].is_null(), "{receipt}");
    assert_eq!(receipt["contracts"][0]["pages_changed"], 0, "{receipt}");
    assert_eq!(receipt["contracts"][0]["state_before"], receipt["contracts"][0]["state_after"], "{receipt}");
    (receipt["halt"]["kind"].as_str().unwrap(), receipt["halt"]["message"].as_str().unwrap())
}
