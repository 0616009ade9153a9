//! The groups of the generator that can be switched on and off.

/// A group: its name on the command line, and whether it is on without being asked for.
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

/// All groups. Fields of the kustomization file have their own names; the others say something about how the files are
/// written or what they hold.
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
    // A reference that serves several renders from one process may keep the schema for later ones.
    off("openapi"),
    // Resources of another kind than they were written with. kustomize hashes a generated one together with what its parser
    // remembers, such as line numbers. Without configMapGenerator, secretGenerator and generators, nothing is hashed.
    off("kind-changes"),
    // Labels that are null. What a field that creates nothing, or a replacement, sets in a null is in the output of kustomize
    // when something makes a mapping of it later.
    off("null-labels"),
    // Numbers, dates, nulls and block scalars where strings are expected.
    on("odd-scalars"),
    // Names such as `1234`, `true` and `a.b`.
    on("odd-names"),
    // Kinds without a built-in schema.
    on("custom-kinds"),
    // Documents of kind List.
    on("lists"),
    // Fields that hold names of other resources.
    on("references"),
    // Lists with `$patch`, `$setElementOrder` and the like in patches.
    on("directives"),
    // The nested `patches` fields of kustomizations that select by regular expressions, labels and annotations.
    on("selectors"),
    on("anchors"),
    on("comments"),
    on("flow"),
    on("quotes"),
    on("crlf"),
    on("json"),
    // Empty fields and empty documents.
    on("empty"),
    // The option of the command line for the order of the output.
    on("reorder"),
    // Trees that are likely to be mistakes.
    on("mistakes"),
];

/// The groups that are on.
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
    /// Keeps only these groups.
    ///
    /// # Errors
    /// Fails on a name that is no group.
    pub fn only(&mut self, names: &str) -> Result<(), String> {
        self.on = parse(names)?;
        Ok(())
    }

    /// Switches these groups on.
    ///
    /// # Errors
    /// Fails on a name that is no group.
    pub fn with(&mut self, names: &str) -> Result<(), String> {
        self.on.extend(parse(names)?);
        Ok(())
    }

    /// Switches these groups off.
    ///
    /// # Errors
    /// Fails on a name that is no group.
    pub fn without(&mut self, names: &str) -> Result<(), String> {
        let names = parse(names)?;
        self.on.retain(|name| !names.contains(name));
        Ok(())
    }

    pub fn has(&self, name: &str) -> bool {
        debug_assert!(GROUPS.iter().any(|group| group.name == name), "no such group: {name}");
        self.on.contains(&name)
    }

    /// Returns the names of all groups, those that are off by default in parentheses.
    pub fn all() -> String {
        let show = |group: &Group| if group.default { group.name.to_string() } else { format!("({})", group.name) };
        GROUPS.iter().map(show).collect::<Vec<_>>().join(" ")
    }
}

fn parse(names: &str) -> Result<Vec<&'static str>, String> {
    let find = |name: &str| {
        let group = GROUPS.iter().find(|group| group.name == name);
        group.map(|group| group.name).ok_or_else(|| format!("no such group: {name}; there are: {}", Features::all()))
    };
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(find).collect()
}
