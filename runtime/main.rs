#[global_allocator]
static ALLOCATOR: rotifer::allocator::HugePages = rotifer::allocator::HugePages;

fn main() -> std::process::ExitCode {
    rotifer::cli::main()
}
