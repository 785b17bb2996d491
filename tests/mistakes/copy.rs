//! Builds a copy of the crate with all mistakes in it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

use crate::patch::{Files, Patch, apply};

/// The parts of the crate that cargo needs. Most of `tests` and `benches` is not built, but the manifest names it.
const PARTS: [&str; 6] = ["Cargo.toml", "Cargo.lock", "src", "tests", "benches", "sdk"];

/// The folder of the patches. Each is in a folder named after the target of `vellum fuzz` that finds it.
const FOLDER: &str = "tests/mistakes";

/// The program of the copy, which is built once for all tests, or why it cannot be built.
static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let mut files = sources();
    let patches: Vec<Patch> = [copying()].into_iter().chain(mistakes().into_iter().map(|it| it.patch)).collect();
    apply(&patches, &mut files)
        .map_err(|problems| format!("the sources have changed where a patch changes them:\n{problems}"))?;
    files.insert("src/mistake.rs".to_owned(), include_bytes!("switch.rs").to_vec());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    lay_out(&folder, &files).map_err(|error| format!("writing the copy to {}: {error}", folder.display()))?;
    build(&folder)
});

/// A deliberate mistake.
#[derive(Debug)]
pub struct Mistake {
    pub name: String,
    /// The target of `vellum fuzz` that finds it.
    pub target: String,
    pub patch: Patch,
}

/// Reads all mistakes.
pub fn mistakes() -> Vec<Mistake> {
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut mistakes = Vec::new();
    for folder in entries(&root().join(FOLDER)).unwrap().iter().filter(|path| path.is_dir()) {
        let target = name(folder);
        for path in entries(folder).unwrap() {
            let patch = patch(&format!("{target}/{}", path.file_name().unwrap().display()));
            mistakes.push(Mistake { name: name(&path), target: target.clone(), patch });
        }
    }
    mistakes
}

/// Reads the patch that turns the crate into a copy.
pub fn copying() -> Patch {
    patch("copy.patch")
}

fn patch(name: &str) -> Patch {
    let path = format!("{FOLDER}/{name}");
    Patch::parse(&path, &fs::read_to_string(root().join(&path)).unwrap()).unwrap()
}

/// Reads the sources of the crate.
pub fn sources() -> Files {
    let mut files = Files::new();
    PARTS.iter().for_each(|part| collect(root(), &root().join(part), &mut files).unwrap());
    files
}

/// Runs the copy's program with one mistake or none.
pub fn vellum<'a>(mistake: Option<&str>, arguments: impl IntoIterator<Item = &'a str>) -> Output {
    assert!(mistake.is_none_or(|name| mistakes().iter().any(|it| it.name == name)), "no patch is called {mistake:?}");
    let program = PROGRAM.as_ref().unwrap_or_else(|problem| panic!("{problem}"));
    let mut command = Command::new(program);
    command.env_remove("VELLUM_MISTAKE").envs(mistake.map(|name| ("VELLUM_MISTAKE", name)));
    command.args(arguments).output().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lists a folder, sorted by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

/// Reads all files of a package and of its workspace below a path. A package with a lock of its own is another workspace.
fn collect(root: &Path, path: &Path, files: &mut Files) -> io::Result<()> {
    if !path.is_dir() {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        files.insert(name.to_owned(), fs::read(path)?);
    } else if path == root || !path.join("Cargo.lock").exists() {
        entries(path)?.iter().try_for_each(|entry| collect(root, entry, files))?;
    }
    Ok(())
}

/// Writes these files to a folder, and removes all others. A file with the right content is not written, so cargo sees no change.
fn lay_out(folder: &Path, files: &Files) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut existing = Files::new();
    collect(folder, folder, &mut existing)?;
    for (name, bytes) in files.iter().filter(|(name, bytes)| existing.get(*name) != Some(bytes)) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    existing.keys().filter(|name| !files.contains_key(*name)).try_for_each(|name| fs::remove_file(folder.join(name)))
}

/// Builds the program with the dependencies and in the profile of this test. Returns where it is.
fn build(folder: &Path) -> Result<PathBuf, String> {
    // This test is `TARGET/PROFILE/deps/mistakes-…`.
    let test = env::current_exe().unwrap();
    let [profile, target] = [2, 3].map(|up| test.ancestors().nth(up).unwrap());
    let profile = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // Cargo looks for its configuration from the current directory.
    cargo.current_dir(root()).args(["build", "--offline", "--locked", "--message-format", "json-render-diagnostics"]);
    cargo.args(["--example", "vellum_with_mistakes", "--profile", profile]);
    cargo.arg("--manifest-path").arg(folder.join("Cargo.toml")).arg("--target-dir").arg(target);
    let output = cargo.output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the copy in {} cannot be built:\n{said}", folder.display()));
    }
    let mut messages = str::from_utf8(&output.stdout).unwrap().lines().map(serde_json::from_str);
    let program = messages.find_map(|message: Result<Value, _>| Some(message.ok()?["executable"].as_str()?.into()));
    program.ok_or_else(|| "cargo does not say where the program of the copy is".to_owned())
}
