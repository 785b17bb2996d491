//! The command `vellum`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
