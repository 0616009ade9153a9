//! Reads a document with the parser crate, as Go's parsers would.

use std::ops::ControlFlow;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, YamlVersion};

use super::blank_scalar::{blank_scalar_offset, is_blank};
use super::builder::Builder;
use super::limits::{Dialect, ParseError, ParseLimits};
use super::old_breaks::{is_end_of_line, quoted_value, separators, without_next_lines};
use super::position::{FileId, Position};
use super::rejected::{
    BLANKS, Gap, leading_document_end, misplaced_tab, rejected_character, rejected_scalar, tab_before_column,
    tab_in_block_indentation, unknown_directive,
};
use super::resolve::GoYaml;
use super::tree::Tree;

/// The version of YAML that Go's parser accepts in a `%YAML` directive.
const YAML_VERSION: YamlVersion = YamlVersion::new(1, 1);

/// The maximum length of an entry that is searched for a missing space.
const MAX_SHOWN_ENTRY: usize = 200;

/// Parses a document with the parser crate, and adds the nodes from aliases to `alias_nodes`. The tree has no root if
/// the document is empty.
pub(super) fn parse_events(
    source: &Arc<String>,
    start: usize,
    body: &str,
    file: FileId,
    dialect: Dialect,
    limits: ParseLimits,
    alias_nodes: &mut usize,
) -> Result<Tree, ParseError> {
    // Of the texts that kustomize parses with yaml v2, only JSON patches start with a list.
    let is_json = dialect.version == GoYaml::V2 && body.starts_with('[');
    let body = &*if is_json { body.into() } else { without_next_lines(body) };
    let reader = Reader {
        body,
        start,
        file,
        version: dialect.version,
        limits,
        is_json,
        has_tabs: body.contains('\t'),
        read_to: 0,
        scalar_end: 0,
        tab_column: None,
        separators: if is_json { Vec::new() } else { separators(body) },
        builder: Builder::new(source, start, file, dialect, limits, *alias_nodes),
    };
    let builder = reader.read()?;
    *alias_nodes = builder.alias_nodes();
    Ok(builder.into_tree())
}

struct Reader<'a> {
    body: &'a str,
    /// The offset of the body in its file.
    start: usize,
    file: FileId,
    version: GoYaml,
    limits: ParseLimits,
    is_json: bool,
    has_tabs: bool,
    /// The end of the last event.
    read_to: usize,
    /// The end of the last scalar.
    scalar_end: usize,
    /// If it is a plain scalar, the column from which the lines after it may contain tabs.
    tab_column: Option<usize>,
    /// The offsets of the separators of YAML 1.1 outside of the quoted scalars that have been read.
    separators: Vec<usize>,
    builder: Builder,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Builder, ParseError> {
        if let Some((offset, message)) = rejected_character(self.body) {
            return self.fail(offset, message);
        }
        self.check_directives(0)?;
        if let Some(at) = leading_document_end(self.body) {
            return self.fail(at, "unexpected document end marker `...`");
        }
        let mut options = Options::default();
        options.block_scalar_eof_without_line_feed = true;
        options.emit_comments = false;
        options.flow_nesting_limit = self.limits.nesting;
        options.block_nesting_limit = self.limits.nesting;
        options.bom_inside_document_as_content = true;
        let mut parser = Parser::new_from_str_with_options(self.body, options);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => {
                    if self.event(event, span)?.is_break() {
                        break;
                    }
                }
                Err(error) if *error.kind() == ErrorKind::MissingDocumentEndBeforeDirective => {
                    // The document is complete. Go's parser reads the directive to find that out.
                    self.check_directives(offset(&error))?;
                    break;
                }
                Err(error) => return Err(self.scan_error(&error)),
            }
        }
        match self.separators.first() {
            Some(&at) => self.fail(at, "U+2028 and U+2029 are line breaks in YAML 1.1; escape them in double quotes"),
            None => Ok(self.builder),
        }
    }

    /// Handles an event. Breaks at the end of the document.
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<ControlFlow<()>, ParseError> {
        let (from, to) = (span.start.byte_offset().unwrap_or(0), span.end.byte_offset().unwrap_or(0));
        if self.has_tabs
            && !self.builder.in_flow()
            && let Some(tab) = misplaced_tab(&self.gap(from))
        {
            return self.fail(tab, "tabs cannot be used for indentation");
        }
        self.separators.retain(|&at| !((self.read_to..from).contains(&at) && is_end_of_line(&self.body[at..])));
        let before = self.read_to;
        self.read_to = self.read_to.max(to);
        match event {
            Event::DocumentEnd | Event::StreamEnd => {
                if self.version == GoYaml::V3 {
                    // It looks for comments after the document.
                    self.check_directives(to)?;
                }
                return Ok(ControlFlow::Break(()));
            }
            Event::DocumentStart(_, Some(version)) if version != YAML_VERSION => {
                return self.fail(0, "only YAML 1.1 is supported");
            }
            Event::Scalar(..) => self.scalar(event, before, from, to)?,
            event => self.builder.event(event, from, from, &self.body[from..to.max(from)])?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Returns the text between the last event and one that starts at `to`.
    fn gap(&self, to: usize) -> Gap<'_> {
        let tab_column = self.tab_column.filter(|_| self.read_to == self.scalar_end);
        Gap { body: self.body, from: self.read_to, to, scalar_end: self.scalar_end, tab_column, version: self.version }
    }

    /// Returns the column of the collection that contains a scalar in block style, which follows only ASCII on its line.
    fn indentation(&self, scalar: usize) -> usize {
        let before = self.body[..scalar].trim_end_matches(BLANKS);
        // The parser crate has no position for a sequence that is not indented.
        let start = if before.ends_with('-') { before.len() - 1 } else { self.builder.innermost().unwrap_or(0) };
        start - self.body[..start].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Handles a scalar after the event that ended at `before`.
    fn scalar(&mut self, mut event: Event<'_>, before: usize, from: usize, to: usize) -> Result<(), ParseError> {
        let raw = &self.body[from..to.max(from)];
        if let Some((offset, message)) = rejected_scalar(self.body, &event, from, raw, &self.builder, self.is_json) {
            return self.fail(offset, message);
        }
        if self.has_tabs
            && let Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) = event
            && let Some(tab) = tab_in_block_indentation(self.body, from)
        {
            return self.fail(tab, "tabs cannot be used for indentation");
        }
        if self.has_tabs && !raw.is_empty() {
            let is_plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..)) && !self.builder.in_flow();
            (self.scalar_end, self.tab_column) = (to, is_plain.then(|| self.indentation(from) + 1));
            if let Some(tab) = self.tab_column.and_then(|column| tab_before_column(raw, column)) {
                return self.fail(from + tab, "tabs cannot be used for indentation");
            }
        }
        match &mut event {
            Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                let header = block_header(self.body, before, from);
                let (from, raw) = if is_blank(text) { (blank_scalar_offset(self.body, from), "") } else { (from, raw) };
                return self.builder.event(event, header, from, raw);
            }
            Event::Scalar(text, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..)
                if self.separators.iter().any(|at| (from..to).contains(at)) =>
            {
                // A key is on one line.
                if !self.builder.expects_key()
                    && let Some(value) = quoted_value(raw, text)
                {
                    *text = value.into();
                    self.separators.retain(|at| !(from..to).contains(at));
                }
            }
            _ => {}
        }
        self.builder.event(event, from, from, raw)
    }

    /// Checks the names of the directives at an offset.
    fn check_directives(&self, from: usize) -> Result<(), ParseError> {
        match unknown_directive(&self.body[from..]) {
            Some(at) => self.fail(from + at, "found unknown directive name"),
            None => Ok(()),
        }
    }

    fn scan_error(&self, error: &ScanError) -> ParseError {
        let at = offset(error).min(self.body.len());
        let position = Position::new(self.file, self.start + at);
        match error.kind() {
            ErrorKind::UnknownAnchor => {
                ParseError::new(position, format!("unknown anchor `{}`", alias_name(&self.body[at..])))
            }
            ErrorKind::RecursionLimitExceeded => ParseError::too_deep(position, self.limits),
            _ => ParseError {
                missing_space: missing_space_near(self.body, at),
                ..ParseError::new(position, error.info())
            },
        }
    }

    fn fail<T>(&self, offset: usize, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(Position::new(self.file, self.start + offset), message))
    }
}

/// Returns the entry at an offset, or on the line before it, that lacks a space after its colon, with the space.
fn missing_space_near(body: &str, at: usize) -> Option<String> {
    let line_start = |at: usize| body.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line_at = |start: usize| body.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let start = line_start(at);
    let before = start.checked_sub(1).map(line_start);
    [Some(start), before].into_iter().flatten().find_map(|start| with_missing_space(line_at(start)))
}

/// Returns an entry like `kind:Service` with a space after its colon.
pub fn with_missing_space(line: &str) -> Option<String> {
    let entry = line.trim().trim_start_matches("- ").trim_start();
    let (key, value) = entry.split_once(':')?;
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let is_value = !value.is_empty() && !value.starts_with([' ', '\t', ':']) && !value.starts_with("//");
    (is_key && is_value && entry.len() <= MAX_SHOWN_ENTRY).then(|| format!("{key}: ..."))
}

fn offset(error: &ScanError) -> usize {
    error.marker().byte_offset().unwrap_or(0)
}

/// Returns the name of the alias at the start of a text.
fn alias_name(text: &str) -> &str {
    let name = text.trim_start_matches('*');
    &name[..name.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(name.len())]
}

/// Returns the offset of the header of a block scalar, in the text between the previous event and the scalar. A tag or an
/// anchor may precede it.
fn block_header(body: &str, from: usize, to: usize) -> usize {
    let gap = body.get(from..to).unwrap_or_default();
    let mut in_comment = false;
    let mut after_space = true;
    for (at, b) in gap.bytes().enumerate() {
        match b {
            b'\n' => in_comment = false,
            _ if in_comment => {}
            b'#' if after_space => in_comment = true,
            b'|' | b'>' if after_space => return from + at,
            _ => {}
        }
        after_space = matches!(b, b' ' | b'\t' | b'\n');
    }
    to
}
