fn main() -> std::process::ExitCode {
    rotifer::worker::serve_if_asked();
    rotifer::cli::main()
}
