//! The common parts of all pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::lab::report::plots::Figure;

/// A document with landmarks for screen readers. It loads nothing from a network.
pub fn document(title: &str, header: &Markup, links: &Markup, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("../style.css"))) }
            }
            body {
                a.skip href="#numbers" { "Skip to the numbers" }
                header { h1 { (title) } (header) }
                nav aria-label="Sections" { (links) }
                main id="numbers" tabindex="-1" { (body) }
            }
        }
    };
    page.into_string()
}

/// A plot with its caption.
pub fn plot(of: &str, figure: &Figure) -> Markup {
    html! {
        figure {
            div.scroll tabindex="0" role="region" aria-label={ "Plot of " (of) } { (PreEscaped(&figure.svg)) }
            figcaption { (figure.caption) }
        }
    }
}
