//! The pages as HTML.

use super::files::{View, Views, page_path};
use super::trial::{Shown, number, preview};
use crate::cli::{declaration, names};
use crate::document;
use rotifer_registry::param::range_text;
use rotifer_registry::pipeline::Args;
use rotifer_registry::{Entry, PortKind, Spec, Table, Value};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, c| {
        match c {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            c => html.push(c),
        }
        html
    })
}

/// A line of documentation: what stands between backticks is code.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}

/// Lines of documentation: paragraphs with a blank line between, and lists.
fn paragraphs(lines: &[&str]) -> String {
    let mut html = String::new();
    let lines = lines.iter().map(|line| line.trim());
    // Paragraphs and items, each of whole lines.
    let mut blocks: Vec<String> = vec![String::new()];
    for line in lines {
        match blocks.last_mut() {
            Some(last) if !line.is_empty() && !line.starts_with("- ") => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line);
            }
            _ => blocks.push(line.into()),
        }
    }
    let mut in_list = false;
    for block in blocks.iter().filter(|block| !block.is_empty()) {
        let item = block.strip_prefix("- ");
        if item.is_some() != in_list {
            html += if in_list { "</ul>\n" } else { "<ul>\n" };
            in_list = !in_list;
        }
        _ = match item {
            Some(item) => writeln!(html, "<li>{}</li>", inline(item)),
            None => writeln!(html, "<p>{}</p>", inline(block)),
        };
    }
    if in_list {
        html += "</ul>\n";
    }
    html
}

/// A whole page; `up` leads from it to the folder of the gallery.
fn whole(title: &str, up: &str, scripts: &[&str], main: &str) -> String {
    let scripts: String =
        scripts.iter().map(|script| format!("<script src=\"{up}{script}\" defer></script>\n")).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"{up}gallery.css\">\n{scripts}</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the text</a>\n\
         <header>\n<a class=\"home\" href=\"{up}index.html\">Rotifer</a>\n\
         <form role=\"search\" action=\"{up}index.html\">\n\
         <input type=\"search\" name=\"q\" id=\"q\" aria-label=\"Search functions\" autocomplete=\"off\" \
         placeholder=\"Search: an id, a word, or a name in another library\">\n<kbd title=\"Press / to search\">/</kbd>\n</form>\n\
         <button type=\"button\" id=\"theme\" aria-label=\"Change between light and dark\">◐</button>\n</header>\n\
         <main id=\"main\">\n{main}</main>\n</body>\n</html>\n"
    )
}

/// The page of a function, between its neighbours.
pub fn of(entry: &Entry, views: Option<&Views>, near: [Option<&Entry>; 2]) -> String {
    let spec = entry.spec;
    let mut html = format!(
        "<nav class=\"crumbs\"><a href=\"../index.html#{0}\">{0}</a></nav>\n<h1>{1}</h1>\n<p class=\"summary\">{2}</p>\n",
        spec.family.name(),
        escaped(spec.id),
        inline(spec.summary())
    );
    if let Some(views) = views {
        html += &shown(entry, views);
    }
    html += &format!("<pre class=\"signature\">{}</pre>\n", escaped(&declaration::signature(spec)));
    let definition = paragraphs(spec.doc.get(1..).unwrap_or_default());
    if !definition.is_empty() {
        html += &format!("<h2>Definition</h2>\n{definition}");
    }
    html += &ports(spec);
    html += &arguments(spec);
    html += &outputs(spec);
    html += &facts(entry);
    html += &examples(spec);
    html += &elsewhere(spec);
    let link = |entry: &Entry, rel: &str, arrow: &str| {
        let file = page_path(entry);
        let file = file.trim_start_matches("ops/");
        format!("<a rel=\"{rel}\" href=\"{file}\">{arrow}{}</a>\n", escaped(entry.spec.id))
    };
    html += "<nav class=\"near\">\n";
    html += &near[0].map_or(String::new(), |entry| link(entry, "prev", "← "));
    html += &near[1].map_or(String::new(), |entry| link(entry, "next", "→ "));
    html += "</nav>\n";
    whole(&format!("{} · Rotifer", escaped(spec.id)), "../", &["gallery.js"], &html)
}

/// The example's inputs and outputs, side by side.
fn shown(entry: &Entry, views: &Views) -> String {
    let given: Vec<String> =
        views.trial.args.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let with = if given.is_empty() {
        "with the defaults".into()
    } else {
        format!("<code>{}</code>", escaped(&given.join(", ")))
    };
    let mut html = format!(
        "<section class=\"shown\" aria-label=\"Before and after\" data-example=\"{}\">\n<div class=\"views\">\n",
        views.trial.example.map_or("defaults".into(), |i| i.to_string())
    );
    for view in &views.inputs {
        html += &figure(entry, view, "before");
    }
    html += "<div class=\"arrow\" aria-hidden=\"true\">→</div>\n";
    for view in &views.outputs {
        html += &figure(entry, view, "after");
    }
    html + &format!("</div>\n<p class=\"with\">{with}</p>\n</section>\n")
}

fn figure(entry: &Entry, view: &View, side: &str) -> String {
    let name = view.name;
    let picture = |picture: &super::picture::Picture| {
        let what = if side == "before" {
            format!("{name}, an input")
        } else {
            format!("{name}, made by {}", entry.spec.id)
        };
        format!(
            "<img src=\"../{}\" width=\"{}\" height=\"{}\" alt=\"{}\">\n",
            view.file.as_deref().unwrap_or_default(),
            picture.width,
            picture.height,
            escaped(&what)
        )
    };
    let (body, note) = match view.shown {
        Shown::Picture(p) => {
            let plane = p.plane.map(|(z, planes)| format!("plane {} of {planes}", z + 1));
            let scale = p.scale.map(|(low, high)| {
                format!("<span class=\"scale\">{}<i></i>{}</span>", number(low), number(high))
            });
            (picture(p), plane.into_iter().chain(scale).collect::<Vec<_>>().join(" "))
        }
        Shown::Points(t, p) => (picture(p) + &table(t), size(t)),
        Shown::Table(t) => (table(t), size(t)),
        Shown::Number(value) => (format!("<output>{}</output>\n", number(*value)), String::new()),
    };
    format!(
        "<figure class=\"{side}\">\n{body}<figcaption><b>{}</b> {note}</figcaption>\n</figure>\n",
        escaped(name)
    )
}

fn size(table: &Table) -> String {
    let plural = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    format!("{}, {}", plural(table.rows(), "row"), plural(table.columns().len(), "column"))
}

/// The beginning of a table.
fn table(table: &Table) -> String {
    let (rows, across) = preview(table);
    let mut html = "<table class=\"data\">\n".to_string();
    for (i, row) in rows.iter().enumerate() {
        html += "<tr>";
        for (j, cell) in row.iter().enumerate() {
            let tag = if across && j == 0 || !across && i == 0 { "th" } else { "td" };
            _ = write!(html, "<{tag}>{}</{tag}>", escaped(cell));
        }
        html += "</tr>\n";
    }
    html + "</table>\n"
}

fn rows(title: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let cells =
        |row: &[String], tag: &str| row.iter().map(|c| format!("<{tag}>{c}</{tag}>")).collect::<String>();
    let head: Vec<String> = head.iter().map(|h| h.to_string()).collect();
    let mut html = format!(
        "<h2>{title}</h2>\n<div class=\"wide\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
        cells(&head, "th")
    );
    for row in rows {
        html += &format!("<tr>{}</tr>\n", cells(row, "td"));
    }
    html + "</tbody>\n</table></div>\n"
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn ports(spec: &Spec) -> String {
    let row = |p: &rotifer_registry::Port| {
        let without = match (p.optional, p.fallback) {
            (_, Some(argument)) => format!("argument {}", code(argument)),
            (true, None) => "may be left out".into(),
            (false, None) => "needed".into(),
        };
        vec![code(p.name), p.kind.name().into(), without]
    };
    rows("Inputs", &["name", "kind", "if absent"], &spec.inputs.iter().map(row).collect::<Vec<_>>())
}

fn arguments(spec: &Spec) -> String {
    if spec.params.is_empty() {
        return String::new();
    }
    let row = |p: &rotifer_registry::ParamSpec| {
        let unit = if p.ty.takes_length() { " px" } else { "" };
        let range = p.range.map_or(String::new(), |(lo, hi)| range_text(lo, hi) + unit);
        let default = p.default_value().map_or("required".into(), |value| code(&value.to_string()));
        let meaning = p.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        vec![code(p.name), inline(meaning.trim()), escaped(&p.ty.describe()), default, escaped(&range)]
    };
    let head = ["name", "meaning", "values", "default", "range"];
    rows("Arguments", &head, &spec.params.iter().map(row).collect::<Vec<_>>())
}

fn outputs(spec: &Spec) -> String {
    let row = |o: &rotifer_registry::OutPort| vec![code(o.name), escaped(&declaration::output(o.kind))];
    rows("Outputs", &["name", "kind and dtype"], &spec.outputs.iter().map(row).collect::<Vec<_>>())
}

fn facts(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut facts =
        vec![("Follows", escaped(spec.follows)), ("Agrees", escaped(&declaration::agrees(spec.agrees)))];
    facts.push(("Runs on", declaration::memory(spec).join(", ")));
    facts.extend(declaration::reach(entry).map(|reach| ("Reach", escaped(&reach))));
    facts.push(("Revision", spec.revision.to_string()));
    let facts: String =
        facts.iter().map(|(name, fact)| format!("<dt>{name}</dt><dd>{fact}</dd>\n")).collect();
    format!("<h2>Reference</h2>\n<dl>\n{facts}</dl>\n{}", python_of_reference(spec))
}

/// The library's own way to the same values.
fn python_of_reference(spec: &Spec) -> String {
    if spec.python.trim().is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = spec.python.lines().map(str::trim_end).collect();
    let margin =
        lines.iter().skip(1).filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min();
    let cut = |(i, line): (usize, &&str)| {
        line.get(if i == 0 { 0 } else { margin.unwrap_or(0) }..).unwrap_or("").to_string()
    };
    let text: Vec<String> = lines.iter().enumerate().map(cut).collect();
    format!("<h3>The same with that library</h3>\n<pre>{}</pre>\n", escaped(text.join("\n").trim()))
}

fn examples(spec: &Spec) -> String {
    let defaults = spec.examples.is_empty() || spec.params.iter().all(|p| p.default.is_some());
    let sets = defaults.then(Args::new).into_iter();
    let sets = sets.chain(spec.examples.iter().map(|text| document::arguments(text).unwrap_or_default()));
    let mut html = "<h2>Examples</h2>\n".to_string();
    for (i, given) in sets.enumerate() {
        let title = match given.as_slice() {
            [] => "With the defaults".to_string(),
            given => {
                given.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
            }
        };
        let open = if i == 0 { " open" } else { "" };
        html += &format!("<details{open}>\n<summary>{}</summary>\n", escaped(&title));
        let mut sample = |language: &str, text: &str| {
            html +=
                &format!("<h3>{language}</h3>\n<pre data-language=\"{language}\">{}</pre>\n", escaped(text));
        };
        sample("Pipeline", &pipeline(spec, &given));
        sample("Command line", &declaration::cli_line(spec, &given));
        if !spec.id.contains('/') {
            sample("Python", &python(spec, &given));
        }
        html += "</details>\n";
    }
    html
}

/// A whole pipeline of one step.
pub fn pipeline(spec: &Spec, given: &Args) -> String {
    let needed: Vec<_> = spec.inputs.iter().filter(|p| !p.optional).collect();
    let mut text = format!("name = \"{}\"\n", spec.id);
    let is_image = |kind| !matches!(kind, PortKind::Table | PortKind::Number);
    let plain = needed.len() == 1 && is_image(needed[0].kind);
    if !plain {
        text += "\n[inputs]\n";
        // A pipeline runs on images, whether or not its steps read them.
        let first = needed.first().filter(|p| is_image(p.kind));
        text += &format!("{} = {{}}\n", first.map_or("image", |p| p.name));
        for port in needed.iter().skip(first.is_some() as usize) {
            text += &format!("{} = {{ given = true }}\n", port.name);
        }
    }
    text += &format!("\n[[steps]]\nop = \"{}\"\n", spec.id);
    if !plain {
        let names: Vec<String> = needed.iter().map(|p| format!("\"{}\"", p.name)).collect();
        text += &format!("from = [{}]\n", names.join(", "));
    }
    for (name, value) in given {
        text += &format!("{name} = {value}\n");
    }
    text + "save = true\n"
}

/// A call of the package for Python.
pub fn python(spec: &Spec, given: &Args) -> String {
    let ports = spec.inputs.iter().filter(|p| !p.optional).map(|p| p.name.to_string());
    let args = given.iter().map(|(name, value)| format!("{name}={}", literal(value)));
    let results: Vec<&str> = spec.outputs.iter().map(|o| o.name).collect();
    format!(
        "import rotifer as rf\n\n{} = rf.{}({})",
        results.join(", "),
        spec.id,
        ports.chain(args).collect::<Vec<_>>().join(", ")
    )
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Text(text) if text == "none" => "None".into(),
        Value::Float(x) if !x.is_finite() => format!("float(\"{value}\")"),
        Value::List(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// Names in other libraries.
fn elsewhere(spec: &Spec) -> String {
    let names = names::of(spec.id);
    let mut libraries: Vec<&str> = names.iter().map(|(library, _)| *library).collect();
    libraries.dedup();
    let row = |library: &&str| {
        let of: Vec<String> =
            names.iter().filter(|(l, _)| l == library).map(|(_, name)| code(name)).collect();
        vec![escaped(library), of.join(", ")]
    };
    match libraries.as_slice() {
        [] => String::new(),
        libraries => {
            rows("Names elsewhere", &["library", "name"], &libraries.iter().map(row).collect::<Vec<_>>())
        }
    }
}

/// The index: families with their functions, and the place of what a search finds.
pub fn index(entries: &[Json]) -> String {
    let text = |entry: &Json, key: &str| escaped(entry[key].as_str().unwrap_or_default());
    let mut families: Vec<&str> = entries.iter().filter_map(|entry| entry["family"].as_str()).collect();
    families.sort_unstable();
    families.dedup();
    let of = |family: &str| entries.iter().filter(|entry| entry["family"] == family).collect::<Vec<_>>();
    let mut html = format!(
        "<h1>Functions</h1>\n<p class=\"summary\">{} functions in {} families. A page tells what a function computes, its arguments and \
         its reference, and shows it before and after.</p>\n<p id=\"count\" role=\"status\" hidden></p>\n<ol id=\"found\" class=\"cards\" hidden></ol>\n<div id=\"all\">\n<nav class=\"families\">\n",
        entries.len(),
        families.len()
    );
    for family in &families {
        html += &format!("<a href=\"#{family}\">{family} <small>{}</small></a>\n", of(family).len());
    }
    html += "</nav>\n";
    for family in &families {
        html += &format!("<section id=\"{family}\">\n<h2>{family}</h2>\n<ul class=\"cards\">\n");
        for entry in of(family) {
            let picture = match entry["picture"].as_str() {
                Some(file) => format!("<img src=\"{}\" alt=\"\" loading=\"lazy\">", escaped(file)),
                None => "<span class=\"none\" aria-hidden=\"true\">123</span>".into(),
            };
            html += &format!(
                "<li><a href=\"{}\" data-id=\"{1}\">{picture}<b>{1}</b><span>{2}</span></a></li>\n",
                text(entry, "page"),
                text(entry, "id"),
                inline(entry["summary"].as_str().unwrap_or_default())
            );
        }
        html += "</ul>\n</section>\n";
    }
    whole("Functions · Rotifer", "", &["index.js", "gallery.js"], &(html + "</div>\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_paragraphs_lists_and_code() {
        let lines =
            ["One `a < b`", "line.", "", "Two:", "- first", "goes on", "- second", "", "Three & more."];
        assert_eq!(
            paragraphs(&lines),
            "<p>One <code>a &lt; b</code> line.</p>\n<p>Two:</p>\n<ul>\n<li>first goes on</li>\n<li>second</li>\n</ul>\n\
             <p>Three &amp; more.</p>\n"
        );
    }

    #[test]
    fn values_are_those_of_python() {
        let value =
            Value::List(vec![Value::Bool(true), Value::Text("none".into()), Value::Float(f64::INFINITY)]);
        assert_eq!(literal(&value), "[True, None, float(\"inf\")]");
        assert_eq!(literal(&Value::Text("a \"b\"".into())), "\"a \\\"b\\\"\"");
    }
}
