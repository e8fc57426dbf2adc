//! Asks the linker what the Worker is made of, where `cargo xtask worker` wants to know.

fn main() {
    const MAP: &str = "CHANTER_LINK_MAP";
    println!("cargo::rerun-if-env-changed={MAP}");
    if let Ok(path) = std::env::var(MAP) {
        println!("cargo::rustc-link-arg-cdylib=-Map={path}");
    }
}
