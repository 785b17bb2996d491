//! vellum
