//! Output of graphs as SVG images.
//!
//! The fonts of the viewer are unknown, so text widths are conservative estimates.

use std::fmt::Write as _;

use crate::cli::commands::graph::layout::{Layout, Point, Rectangle, Size, layout};
use crate::cli::commands::graph::model::{Graph, Hue, LineStyle, Node, NodeKind, Shape, truncate_end, truncate_middle};
use crate::cli::messages::style::{escaped, printable};

/// The maximum lengths of lines in a box, in characters.
const MAX_LABEL_LENGTH: usize = 48;
const MAX_CAPTION_LENGTH: usize = 56;

/// Font sizes.
const TITLE: f64 = 17.0;
const LABEL: f64 = 13.0;
const CAPTION: f64 = 10.5;

/// The margin of the image, and the dimensions of boxes.
const MARGIN: f64 = 24.0;
const PADDING: f64 = 14.0;
const MIN_BOX_WIDTH: f64 = 84.0;
const HEIGHT: f64 = 30.0;
const HEIGHT_WITH_CAPTION: f64 = 42.0;

/// The dimensions of the legend.
const LEGEND_ROW: f64 = 24.0;
const LEGEND_SAMPLE: f64 = 26.0;

const STYLE: &str = "\
svg { --paper: #ffffff; --ink: #1c2128; --faint: #59636e; --line: #8a94a3 }
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; fill: var(--ink) }
.paper { fill: var(--paper) }
.title { font-size: 17px; font-weight: 600 }
.label { font-size: 13px; text-anchor: middle }
.caption { font-size: 10.5px; fill: var(--faint); text-anchor: middle }
.legend text { font-size: 11.5px; fill: var(--faint) }
.box { stroke-width: 1.3 }
.fold { fill: none; stroke-width: 1.3 }
.missing .box { stroke-dasharray: 5 3 }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3 }
.dashed { stroke-dasharray: 6 4 }
.dotted { stroke-dasharray: 1.5 3.5 }
.head { fill: var(--line) }
";

/// Returns the image, with a title and a legend.
pub fn text(graph: &Graph) -> String {
    let labels: Vec<(String, String)> = graph.nodes.iter().map(lines_of).collect();
    let sizes: Vec<Size> = labels.iter().map(|(label, caption)| size_of(label, caption)).collect();
    let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let layout = layout(&sizes, &edges, graph.align);
    let title = printable(&graph.title);
    let width = (layout.width + 2.0 * MARGIN).max(text_width(&title, TITLE) + 2.0 * MARGIN).max(420.0);
    let legend = Legend::new(graph, width - 2.0 * MARGIN);
    let top = MARGIN + TITLE + MARGIN;
    let legend_top = top + layout.height + MARGIN;
    let height = legend_top + legend.rows as f64 * LEGEND_ROW + MARGIN / 2.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}{colors}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"head\" d=\"M0 0.5 L8 4 L0 7.5 Z\"/></marker></defs>\n\
         <rect class=\"paper\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"{baseline:.1}\">{title}</text>\n",
        title = escaped(&title),
        colors = colors(graph),
        baseline = MARGIN + TITLE * 0.8,
    );
    writeln!(text, "<g class=\"graph\" transform=\"translate({MARGIN} {top:.1})\">").expect("writing to a string");
    edge_elements(&mut text, graph, &layout);
    for (at, ((node, lines), rectangle)) in graph.nodes.iter().zip(&labels).zip(&layout.boxes).enumerate() {
        node_element(&mut text, at, node, lines, rectangle);
    }
    text.push_str("</g>\n");
    writeln!(
        text,
        "<g class=\"legend\" transform=\"translate({MARGIN} {legend_top:.1})\">\n{}</g>\n</svg>",
        legend.text
    )
    .expect("writing to a string");
    text
}

/// Returns the style rules for the colors of the node kinds, for light and dark color schemes.
fn colors(graph: &Graph) -> String {
    let rules = |hue: fn(Hue) -> (&'static str, &'static str)| -> String {
        let kinds = graph.kinds().into_iter().map(|kind| (kind.class(), hue(kind.hue())));
        kinds
            .map(|(class, (fill, stroke))| {
                format!(".{class} path {{ stroke: {stroke} }} .{class} .box {{ fill: {fill} }}\n")
            })
            .collect()
    };
    format!(
        "{}@media (prefers-color-scheme: dark) {{\n\
         svg {{ --paper: #0d1117; --ink: #e6edf3; --faint: #9aa5b1; --line: #6d7886 }}\n{}}}\n",
        rules(Hue::light),
        rules(Hue::dark)
    )
}

fn lines_of(node: &Node) -> (String, String) {
    (
        truncate_middle(&printable(&node.label), MAX_LABEL_LENGTH),
        truncate_end(&printable(&node.caption), MAX_CAPTION_LENGTH),
    )
}

fn size_of(label: &str, caption: &str) -> Size {
    let width = text_width(label, LABEL).max(text_width(caption, CAPTION)) + 2.0 * PADDING;
    let height = if caption.is_empty() { HEIGHT } else { HEIGHT_WITH_CAPTION };
    Size { width: width.max(MIN_BOX_WIDTH), height }
}

/// Estimates the width of a text.
fn text_width(text: &str, size: f64) -> f64 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        'f' | 'r' | 't' | ' ' | '/' | '-' | '(' | ')' | '[' | ']' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        'A'..='Z' => 0.7,
        c if c.is_ascii() => 0.58,
        // European letters are about as wide as ASCII letters; most others are as wide as they are high.
        '\u{80}'..='\u{52f}' => 0.66,
        _ => 1.05,
    };
    text.chars().map(width).sum::<f64>() * size
}

fn edge_elements(text: &mut String, graph: &Graph, layout: &Layout) {
    for (at, (edge, route)) in graph.edges.iter().zip(&layout.routes).enumerate() {
        let from = &graph.nodes[edge.from].label;
        let to = &graph.nodes[edge.to].label;
        let label = if edge.label.is_empty() { "includes" } else { &edge.label };
        let title = [format!("{from} {label} {to}")].into_iter().chain(edge.tooltip.iter().cloned());
        let title: Vec<String> = title.map(|line| escaped(&printable(&line))).collect();
        writeln!(
            text,
            "<path id=\"e{at}\" class=\"edge {}\" data-from=\"n{}\" data-to=\"n{}\" data-label=\"{}\" d=\"{}\" \
             marker-end=\"url(#head)\"><title>{}</title></path>",
            class_of(edge.line),
            edge.from,
            edge.to,
            escaped(&printable(label)),
            curve(route),
            title.join("\n"),
        )
        .expect("writing to a string");
    }
}

fn class_of(line: LineStyle) -> &'static str {
    match line {
        LineStyle::Solid => "solid",
        LineStyle::Dashed => "dashed",
        LineStyle::Dotted => "dotted",
    }
}

/// Returns a smooth path through points, which is horizontal at both ends of each segment between columns.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    for (at, point) in points.iter().enumerate() {
        let Point { x, y } = *point;
        match at.checked_sub(1).map(|before| points[before]) {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some(before) if (before.y - y).abs() < 0.5 || (before.x - x).abs() < 0.5 => write!(path, " L{x:.1} {y:.1}"),
            Some(before) => {
                let middle = (before.x + x) / 2.0;
                write!(path, " C{middle:.1} {:.1} {middle:.1} {y:.1} {x:.1} {y:.1}", before.y)
            }
        }
        .expect("writing to a string");
    }
    path
}

fn node_element(text: &mut String, at: usize, node: &Node, lines: &(String, String), rectangle: &Rectangle) {
    let Rectangle { x, y, width, height } = *rectangle;
    let (label, caption) = lines;
    let caption_in_full = if node.caption.is_empty() { Vec::new() } else { vec![node.caption.clone()] };
    let title = [node.label.clone()].into_iter().chain(caption_in_full).chain(node.tooltip.iter().cloned());
    let title: Vec<String> = title.map(|line| escaped(&printable(&line))).collect();
    write!(
        text,
        "<g id=\"n{at}\" class=\"node {}\"><title>{}</title>{}",
        node.kind.class(),
        title.join("\n"),
        outline(node.kind.shape(), rectangle)
    )
    .expect("writing to a string");
    let middle = x + width / 2.0;
    let baseline = if caption.is_empty() { y + height / 2.0 + LABEL * 0.35 } else { y + height / 2.0 - 2.0 };
    write!(text, "<text class=\"label\" x=\"{middle:.1}\" y=\"{baseline:.1}\">{}</text>", escaped(label))
        .expect("writing to a string");
    if !caption.is_empty() {
        let baseline = baseline + CAPTION + 3.5;
        write!(text, "<text class=\"caption\" x=\"{middle:.1}\" y=\"{baseline:.1}\">{}</text>", escaped(caption))
            .expect("writing to a string");
    }
    text.push_str("</g>\n");
}

/// Returns the outline of a box. All of its points are in the rectangle.
fn outline(shape: Shape, rectangle: &Rectangle) -> String {
    let Rectangle { x, y, width, height } = *rectangle;
    let (right, bottom) = (x + width, y + height);
    let round = |radius: f64| {
        format!(
            "<path class=\"box\" d=\"M{:.1} {y:.1} L{:.1} {y:.1} Q{right:.1} {y:.1} {right:.1} {:.1} L{right:.1} {:.1} \
             Q{right:.1} {bottom:.1} {:.1} {bottom:.1} L{:.1} {bottom:.1} Q{x:.1} {bottom:.1} {x:.1} {:.1} \
             L{x:.1} {:.1} Q{x:.1} {y:.1} {:.1} {y:.1} Z\"/>",
            x + radius,
            right - radius,
            y + radius,
            bottom - radius,
            right - radius,
            x + radius,
            bottom - radius,
            y + radius,
            x + radius,
        )
    };
    match shape {
        Shape::Rectangle => round(1.5),
        Shape::Rounded => round(7.0),
        Shape::Pill => round(height / 2.0),
        Shape::Hexagon => {
            let cut = height / 4.0;
            let middle = y + height / 2.0;
            format!(
                "<path class=\"box\" d=\"M{:.1} {y:.1} L{:.1} {y:.1} L{right:.1} {middle:.1} L{:.1} {bottom:.1} \
                 L{:.1} {bottom:.1} L{x:.1} {middle:.1} Z\"/>",
                x + cut,
                right - cut,
                right - cut,
                x + cut,
            )
        }
        Shape::Sheet => {
            let fold = (height / 4.0).min(9.0);
            let (edge, inside) = (right - fold, y + fold);
            format!(
                "<path class=\"box\" d=\"M{x:.1} {y:.1} L{edge:.1} {y:.1} L{right:.1} {inside:.1} L{right:.1} {bottom:.1} \
                 L{x:.1} {bottom:.1} Z\"/><path class=\"fold\" d=\"M{edge:.1} {y:.1} L{edge:.1} {inside:.1} \
                 L{right:.1} {inside:.1}\"/>"
            )
        }
    }
}

/// The legend of the boxes and lines, in rows.
struct Legend {
    text: String,
    rows: usize,
}

impl Legend {
    fn new(graph: &Graph, width: f64) -> Legend {
        let mut legend = Legend { text: String::new(), rows: 1 };
        let mut x = 0.0;
        let boxes = graph.kinds().into_iter().map(|kind| (kind.name(), Legend::sample_of_box(kind)));
        let lines = graph.used_lines().into_iter().map(|(line, name)| (name, Legend::sample_of_line(line)));
        for (name, sample) in boxes.chain(lines) {
            let item = LEGEND_SAMPLE + 8.0 + text_width(name, 11.5);
            if x > 0.0 && x + item > width {
                x = 0.0;
                legend.rows += 1;
            }
            let y = (legend.rows - 1) as f64 * LEGEND_ROW;
            let text_x = LEGEND_SAMPLE + 8.0;
            writeln!(
                legend.text,
                "<g transform=\"translate({x:.1} {y:.1})\">{sample}<text x=\"{text_x}\" y=\"11.5\">{}</text></g>",
                escaped(name)
            )
            .expect("writing to a string");
            x += item + 22.0;
        }
        legend
    }

    fn sample_of_box(kind: NodeKind) -> String {
        let rectangle = Rectangle { x: 0.0, y: 0.0, width: LEGEND_SAMPLE, height: 15.0 };
        format!("<g class=\"{}\">{}</g>", kind.class(), outline(kind.shape(), &rectangle))
    }

    fn sample_of_line(line: LineStyle) -> String {
        format!("<path class=\"edge {}\" d=\"M0 7.5 L{LEGEND_SAMPLE} 7.5\" marker-end=\"url(#head)\"/>", class_of(line))
    }
}
