//! Help, completions and manual pages.

use std::fs;

use super::support::World;

/// The names of all commands, from the completions of a shell.
fn commands(world: &World) -> Vec<String> {
    let script = world.text(["completions", "fish"]);
    let names = script.lines().filter(|line| line.contains("__fish_vellum_needs_command") && line.contains(" -a "));
    let name = |line: &str| line.split(" -a \"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    names.filter_map(name).filter(|name| name != "help").collect()
}

#[test]
fn the_help_of_every_command_fits_the_terminal_and_has_no_marks_of_its_source() {
    let world = World::new();
    let commands = commands(&world);
    assert!(commands.len() > 26, "{commands:?}");
    for columns in [60, 80] {
        let whole = world.command(["--help"]).env("COLUMNS", columns.to_string()).output().unwrap().stdout;
        let whole = String::from_utf8(whole).unwrap();
        assert!(whole.lines().all(|line| line.chars().count() <= columns), "{columns}: {whole}");
        for name in &commands {
            assert!(whole.contains(&format!("\n  {name} ")), "{name}: {whole}");
            let mut command = world.command([name, "--help"]);
            let help = String::from_utf8(command.env("COLUMNS", columns.to_string()).output().unwrap().stdout).unwrap();
            assert!(help.contains("Usage: vellum ") && !help.contains('\\'), "{help}");
            // Programs and JSON are not wrapped.
            let text =
                help.lines().filter(|line| !line.trim_start().starts_with(['{', '"']) && !line.contains("vellum "));
            text.for_each(|line| assert!(line.chars().count() <= columns, "{columns}: {line:?}"));
        }
    }
}

#[test]
fn completions_name_every_command_and_have_a_document_for_programs() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.text(["completions", shell]);
        assert!(commands(&world).iter().all(|name| script.contains(name.as_str())), "{shell}: {script}");
        let document = world.json(["completions", shell]);
        assert_eq!((&document["shell"], document["script"].as_str()), (&shell.into(), Some(&*script)));
    }
    assert!(world.refusal(2, ["completions", "csh"]).contains("possible values: bash, "));
    assert!(!world.state().exists());
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let world = World::new();
    let directory = world.path("made/man");
    let pages = world.json(["man", directory.to_str().unwrap()]);
    for name in commands(&world).iter().map(|name| format!("vellum-{name}.1")).chain(["vellum.1".to_owned()]) {
        let page = fs::read_to_string(directory.join(&name)).unwrap();
        assert!(page.contains(".TH ") && page.contains("NAME"), "{page}");
        let path = directory.join(&name).display().to_string();
        assert!(pages["pages"].as_array().unwrap().contains(&path.into()), "{pages}");
    }
    assert!(world.text(["man", directory.to_str().unwrap()]).contains("page       "));
    let file = world.file("file", "").display().to_string();
    assert!(world.refusal(1, ["man", &file]).contains(&file));
}

#[test]
fn a_negative_number_gets_the_answer_of_the_option_and_not_of_the_parser() {
    let world = World::new();
    for seed in ["-1", "a", "", "18446744073709551616"] {
        let said = world.refusal(2, ["fuzz", "--seed", seed]);
        let expected = format!("{seed:?} is not an integer from 0 to 18446744073709551615 (hex with 0x)");
        assert!(said.contains(&expected) && !said.contains("unexpected argument"), "{said}");
    }
    assert!(world.refusal(2, ["verify-proof", "file"]).contains("--root <STATE_OR_WORLD_ROOT>"));
}
