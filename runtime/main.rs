fn main() -> std::process::ExitCode {
    rotifer::cli::main()
}
