//! The page of a report in a real browser: wide and narrow, light and dark.
//!
//! A copy of the page gets a script that looks around and tells the document which has the page in a frame. The copy may
//! load nothing; what it tries to load is told too. The report is made here, or is the tiny one in `VELLUM_TEST_REPORT`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::World;

/// Names that the browser goes by; `VELLUM_BROWSER` has another.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Plots of each experiment, at least; of others one.
const PLOTS: [(&str, u64); 6] =
    [("access", 2), ("fault", 2), ("call", 2), ("crossover", 3), ("growth", 1), ("reentry", 3)];

const WIDE: u64 = 1_280;
const NARROW: u64 = 380;

/// May use styles and scripts of its own and the data in it, and nothing that has to be fetched.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src data:\">";

/// Looks around once the page is there.
const LOOK: &str = r#"<script>
const errors = [], refused = [];
addEventListener('error', event => errors.push(String(event.message || event.target)), true);
addEventListener('unhandledrejection', event => errors.push(String(event.reason)));
addEventListener('securitypolicyviolation', event => refused.push(event.blockedURI + ' ' + event.violatedDirective));
function channels(color) { return color.match(/[\d.]+/g).slice(0, 3).map(Number); }
function luminance(color) {
  const [r, g, b] = channels(color).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
const text = element => element ? element.textContent.trim() : '';
function plot(svg) {
  const paper = getComputedStyle(document.body).backgroundColor, box = svg.getBoundingClientRect();
  const marks = [...svg.querySelectorAll('polygon, polyline, rect')].filter(mark => {
    const own = mark.getBoundingClientRect();
    return own.width + own.height > 0 && own.left >= box.left - 1 && own.right <= box.right + 1;
  });
  const fills = marks.map(mark => getComputedStyle(mark).fill).filter(fill => fill.startsWith('rgb('));
  return {
    section: svg.closest('section').id, caption: text(svg.closest('figure').querySelector('figcaption')),
    title: text(svg.querySelector('title')), role: svg.getAttribute('role'), visible: svg.checkVisibility(),
    width: box.width, height: box.height, marks: marks.length,
    contrast: Math.min(...fills.map(fill => contrast(fill, paper))),
  };
}
function table(table) {
  const heads = [...table.querySelectorAll('thead th')], rows = [...table.querySelectorAll('tbody tr')];
  return {
    caption: text(table.caption), rows: rows.length,
    heads: heads.every(head => head.scope === 'col' && text(head)),
    named: rows.every(row => row.querySelector('th[scope=row]')),
    reached: table.closest('.scroll[tabindex="0"][aria-label]') !== null,
  };
}
async function look() {
  const loaded = performance.getEntriesByType('resource').map(entry => entry.name);
  const body = getComputedStyle(document.body);
  const link = document.querySelector('a[download="data.json"]');
  const data = new Uint8Array(await (await fetch(link.href)).arrayBuffer());
  return {
    width: innerWidth, room: document.documentElement.clientWidth, across: document.documentElement.scrollWidth,
    dark: matchMedia('(prefers-color-scheme: dark)').matches, contrast: contrast(body.color, body.backgroundColor),
    plots: [...document.querySelectorAll('svg')].map(plot), tables: [...document.querySelectorAll('table')].map(table),
    scripts: document.scripts.length, data: [...data].map(byte => byte.toString(16).padStart(2, '0')).join(''),
    loaded, refused, errors,
  };
}
addEventListener('load', () => look().catch(error => ({ errors: [...errors, String(error)] }))
  .then(found => parent.postMessage(JSON.stringify(found), '*')));
</script>"#;

/// Has the page in a frame: a window of a browser has a least width, a frame has none.
fn around(page: &Path, width: u64) -> String {
    format!(
        "<!DOCTYPE html><pre id=found></pre><script>onmessage = event => found.textContent = event.data</script>
<iframe src=\"file://{}\" style=\"width:{width}px;height:900px;border:0\"></iframe>",
        page.display()
    )
}

fn browser() -> PathBuf {
    let named = std::env::var_os("VELLUM_BROWSER").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = || {
        let all = std::env::split_paths(&path).flat_map(|place| BROWSERS.map(|name| place.join(name)));
        all.into_iter().find(|program| program.is_file())
    };
    named.or_else(installed).expect("no browser: install chromium, or name one in VELLUM_BROWSER")
}

/// What is found in the page at a width, with light or dark colours.
fn seen(world: &World, page: &str, width: u64, dark: bool) -> Value {
    let (head, rest) = page.split_once("<head>").unwrap();
    let copy = world.file("looked-at.html", format!("{head}<head>{POLICY}{LOOK}{rest}"));
    let frame = world.file("around.html", around(&copy, width));
    let output = Command::new(browser())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"])
        .args(["--window-size=1400,1000", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .arg(format!("--user-data-dir={}", world.path("browser").display()))
        .arg(format!("file://{}", frame.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let document = String::from_utf8(output.stdout).unwrap();
    let found = document.split_once("<pre id=\"found\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let said = String::from_utf8_lossy(&output.stderr);
    let (found, _) = found.unwrap_or_else(|| panic!("the browser shows no page: {said}"));
    let found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: the page did not load: {found:?}, {said}"))
}

/// What is wrong with what was seen, a line each.
fn wrong(seen: &Value, experiments: &[String], width: u64, dark: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut hold = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
    for list in ["errors", "refused", "loaded"] {
        hold(seen[list] == Value::Array(Vec::new()), format!("{list}: {}", seen[list]));
    }
    hold(
        seen["width"] == width && seen["dark"] == dark,
        format!("seen at {} and dark {}", seen["width"], seen["dark"]),
    );
    hold(seen["across"].as_u64() <= seen["room"].as_u64(), format!("it is {} wide", seen["across"]));
    hold(seen["scripts"] == 1, format!("{} scripts, one of them the test's", seen["scripts"]));
    hold(seen["contrast"].as_f64() >= Some(7.0), format!("text has a contrast of {}", seen["contrast"]));
    let none = Vec::new();
    let plots = seen["plots"].as_array().unwrap_or(&none);
    for name in experiments {
        let least = PLOTS.iter().find(|(experiment, _)| experiment == name).map_or(1, |(_, plots)| *plots);
        let found = plots.iter().filter(|plot| plot["section"] == name.as_str()).count() as u64;
        hold(found >= least, format!("{name} has {found} plots, not {least}"));
    }
    for plot in plots {
        let sized = plot["width"].as_f64() >= Some(300.0) && plot["height"].as_f64() >= Some(60.0);
        let described = !plot["title"].as_str().unwrap_or("").is_empty() && plot["role"] == "img";
        hold(sized && plot["visible"] == true && plot["marks"].as_u64() >= Some(2), format!("not to be seen: {plot}"));
        hold(described && !plot["caption"].as_str().unwrap_or("").is_empty(), format!("not described: {plot}"));
        hold(plot["contrast"].as_f64() >= Some(3.0), format!("too pale: {plot}"));
    }
    let tables = seen["tables"].as_array().unwrap_or(&none);
    hold(tables.len() > experiments.len(), format!("{} tables", tables.len()));
    for table in tables {
        let captioned = !table["caption"].as_str().unwrap_or("").is_empty() && table["rows"].as_u64() >= Some(1);
        let whole = captioned && ["heads", "named", "reached"].iter().all(|part| table[part] == true);
        hold(whole, format!("a table without caption, headings or a way to it by keyboard: {table}"));
    }
    wrong
}

#[test]
#[ignore = "needs a browser"]
fn the_page_of_a_report_is_whole_in_a_browser() {
    let world = World::new();
    let made = std::env::var_os("VELLUM_TEST_REPORT").map(PathBuf::from);
    let out = made.unwrap_or_else(|| {
        let out = world.path("report");
        world.json(["report", "--tiny", "--out", out.to_str().unwrap()]);
        out
    });
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    let data = fs::read(out.join("data.json")).unwrap();
    let report: Value = serde_json::from_slice(&data).unwrap();
    let experiments: Vec<String> =
        report["experiments"].as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap().to_owned()).collect();
    for width in [WIDE, NARROW] {
        for dark in [false, true] {
            let seen = seen(&world, &page, width, dark);
            let wrong = wrong(&seen, &experiments, width, dark);
            assert!(wrong.is_empty(), "{width} wide, dark {dark}:\n{}", wrong.join("\n"));
            let downloaded = const_hex::decode(seen["data"].as_str().unwrap()).unwrap();
            assert!(downloaded == data, "what the page offers as data.json is not it");
        }
    }
    mistakes_are_found(&world, &page, &experiments);
}

/// The care taken away: each of these must be seen.
fn mistakes_are_found(world: &World, page: &str, experiments: &[String]) {
    let start = page.find("<svg").unwrap();
    let end = start + page[start..].find("</svg>").unwrap() + "</svg>".len();
    let found = |page: String, width, expected: &str| {
        let wrong = wrong(&seen(world, &page, width, false), experiments, width, false);
        assert!(wrong.iter().any(|line| line.contains(expected)), "{expected} is not among {wrong:?}");
    };
    found(format!("{}{}", &page[..start], &page[end..]), WIDE, "access has 1 plots, not 2");
    found(page.replacen("<svg ", "<svg style=\"display:none\" ", 1), WIDE, "not to be seen");
    found(page.replacen("<main ", "<img src=\"https://example.com/a.png\" alt=\"\"><main ", 1), WIDE, "refused");
    found(page.replacen("<main ", "<script>nothing.there()</script><main ", 1), WIDE, "errors");
    found(page.replacen("<h1>", "<h1 style=\"width:500px\">", 1), NARROW, "it is 5");
    found(page.replacen("<caption>", "<caption hidden></caption><p>", 1), WIDE, "without caption");
}
