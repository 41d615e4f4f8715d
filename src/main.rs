//! The `cenform` command.

fn main() -> std::process::ExitCode {
    cenform::cli::main()
}
