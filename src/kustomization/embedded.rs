//! Which fields take no number for a string, not even where the reference is lenient.

/// The types, with their fields that the reference's type takes from another one by embedding that. Its reader looks for the
/// type of a value in the wrong place there, and so turns no number or boolean into a string, neither in such a field nor
/// anywhere below (fixtures `errors/number-as-*`).
const EMBEDDED: [(&str, &[&str]); 9] = [
    ("FieldSpecConfig", &["group", "version", "kind"]),
    ("GeneratorArgs", ALL),
    ("HelmChart", ALL),
    ("HelmGlobals", ALL),
    ("IamPolicyConfig", ALL),
    ("NameReferenceConfig", &["group", "version", "kind"]),
    ("ReplacementConfig", &["replacements"]),
    ("SelectorConfig", &["group", "version", "kind", "name", "namespace"]),
    ("SourceSelector", &["group", "version", "kind", "name", "namespace"]),
];

const ALL: &[&str] = &[];

/// Returns whether a type has a field by embedding another type.
pub fn is_embedded(type_name: &str, field: &str) -> bool {
    let entry = EMBEDDED.iter().find(|(name, _)| *name == type_name);
    entry.is_some_and(|(_, fields)| fields.is_empty() || fields.contains(&field))
}
