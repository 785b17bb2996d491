//! Programs that stock compilers made of Rust, C, Zig and AssemblyScript, as contracts. Their data lie in storage inside own
//! memory, and they reach them by plain pointers. `build.sh` compiles them; `modules` has what it makes.

mod kept;
mod model;
mod nested;
mod processes;
mod support;
mod undone;
mod volatile;
