//! The feature groups of the generator, which can be enabled and disabled.

/// A feature group: its name on the command line, and whether it is enabled by default.
struct Group {
    name: &'static str,
    default: bool,
}

const fn on(name: &'static str) -> Group {
    Group { name, default: true }
}

const fn off(name: &'static str) -> Group {
    Group { name, default: false }
}

/// All groups. Most are named after a field of the kustomization file; the others affect the style or content.
const GROUPS: &[Group] = &[
    on("resources"),
    on("bases"),
    on("components"),
    on("namespace"),
    on("namePrefix"),
    on("nameSuffix"),
    on("labels"),
    on("commonLabels"),
    on("commonAnnotations"),
    on("images"),
    on("imageTags"),
    on("replicas"),
    on("patches"),
    on("patchesStrategicMerge"),
    on("patchesJson6902"),
    on("configMapGenerator"),
    on("secretGenerator"),
    on("generatorOptions"),
    on("sortOptions"),
    on("vars"),
    on("configurations"),
    on("crds"),
    on("metadata"),
    on("replacements"),
    on("buildMetadata"),
    on("generators"),
    on("transformers"),
    on("validators"),
    // A reference renderer that serves several renders in one process may keep the schema for later ones.
    off("openapi"),
    // Resources whose kind changes.
    on("kind-changes"),
    // Generated ones, too. kustomize hashes them including parser state, such as line numbers.
    off("generated-kind-changes"),
    // Labels that are null. If a field without `create`, or a replacement, sets a value in a null, kustomize outputs
    // the value if the null becomes a mapping later.
    off("null-labels"),
    // Numbers, dates, nulls and block scalars where strings are expected.
    on("odd-scalars"),
    // Random texts: of all planes, with tabs and line breaks, and with lengths around the limits of readers and writers.
    on("texts"),
    // Values inside YAML and JSON in strings, which replacements change.
    on("structured-texts"),
    // Directives before and text after the documents of files, further documents, and byte order marks.
    on("streams"),
    // The annotations with which kustomize keeps its own records.
    on("internal-annotations"),
    // Names such as `1234`, `true` and `a.b`.
    on("odd-names"),
    // Kinds without a built-in schema.
    on("custom-kinds"),
    // Documents of kind List.
    on("lists"),
    // Fields with names of other resources.
    on("references"),
    // Lists with directives in patches, such as `$patch` and `$setElementOrder`.
    on("directives"),
    // Targets with regular expressions, label selectors and annotation selectors.
    on("selectors"),
    on("anchors"),
    on("comments"),
    on("flow"),
    on("quotes"),
    on("crlf"),
    on("json"),
    // Empty fields and empty documents.
    on("empty"),
    // The command-line option for the order of the output.
    on("reorder"),
    // Trees that are likely to be invalid.
    on("errors"),
];

/// The enabled groups.
#[derive(Clone, Debug)]
pub struct Features {
    on: Vec<&'static str>,
}

impl Default for Features {
    fn default() -> Features {
        Features { on: GROUPS.iter().filter(|group| group.default).map(|group| group.name).collect() }
    }
}

impl Features {
    /// Enables only these groups.
    ///
    /// # Errors
    /// Fails on an unknown group.
    pub fn only(&mut self, names: &str) -> Result<(), String> {
        self.on = parse(names)?;
        Ok(())
    }

    /// Enables these groups.
    ///
    /// # Errors
    /// Fails on an unknown group.
    pub fn with(&mut self, names: &str) -> Result<(), String> {
        self.on.extend(parse(names)?);
        Ok(())
    }

    /// Disables these groups.
    ///
    /// # Errors
    /// Fails on an unknown group.
    pub fn without(&mut self, names: &str) -> Result<(), String> {
        let names = parse(names)?;
        self.on.retain(|name| !names.contains(name));
        Ok(())
    }

    pub fn has(&self, name: &str) -> bool {
        debug_assert!(GROUPS.iter().any(|group| group.name == name), "unknown group: {name}");
        self.on.contains(&name)
    }

    /// Returns the names of all groups, with those that are disabled by default in parentheses.
    pub fn all() -> String {
        let show = |group: &Group| if group.default { group.name.to_string() } else { format!("({})", group.name) };
        GROUPS.iter().map(show).collect::<Vec<_>>().join(" ")
    }
}

fn parse(names: &str) -> Result<Vec<&'static str>, String> {
    let find = |name: &str| {
        let group = GROUPS.iter().find(|group| group.name == name);
        group
            .map(|group| group.name)
            .ok_or_else(|| format!("unknown group `{name}`; the groups are: {}", Features::all()))
    };
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(find).collect()
}
