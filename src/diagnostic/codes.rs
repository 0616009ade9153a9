//! The kinds of diagnostics: their stable names, levels and explanations.

use super::{api_codes as api, value_codes as text};

/// The level of a kind of diagnostic: when it is reported, and its effect on a render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Always reported; nothing is rendered.
    Error,
    /// Always reported, since it is rarely intended. The output is that of kustomize unless the explanation says otherwise.
    Warning,
    /// Reported by lint and in strict mode: probably an error.
    Lint,
    /// Reported by lint on request: worth a look, but often intended.
    Advice,
    /// Reported by validate: an API server refuses the object.
    Api,
}

macro_rules! codes {
    (
        errors { $($error:ident = $error_name:literal, $error_text:literal;)+ }
        others { $($other:ident = $other_name:literal, $level:ident, $other_text:expr;)+ }
    ) => {
        /// The stable name of a kind of diagnostic.
        ///
        /// # Example
        /// The settings of a tool that reports some warnings by name:
        /// ```
        /// use boutique::Code;
        ///
        /// let suppressed = Code::from_name("unused-file").expect("it is the name of a code");
        /// assert!(suppressed.is_suppressible());
        /// for code in Code::ALL.iter().filter(|&&code| code != suppressed) {
        ///     println!("{}: {}\n\n{}", code.as_str(), code.summary(), code.explanation());
        /// }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $error_name, "`")] $error,)+
            $(#[doc = concat!("`", $other_name, "`")] $other,)+
        }

        impl Code {
            /// All codes, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$error,)+ $(Code::$other,)+];

            /// Returns the code as it is printed.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$error => $error_name,)+ $(Code::$other => $other_name,)+ }
            }

            /// Returns the level of the code.
            pub fn level(self) -> Level {
                match self { $(Code::$error => Level::Error,)+ $(Code::$other => Level::$level,)+ }
            }

            /// Returns the explanation of the code. The first paragraph is a summary.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$error => $error_text,)+ $(Code::$other => $other_text,)+ }
            }
        }
    };
}

impl Code {
    /// Returns the code with a name.
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Returns whether diagnostics with this code may be suppressed.
    pub fn is_suppressible(self) -> bool {
        self.level() != Level::Error
    }

    /// Returns whether the code reports an entry that matches nothing. In a component or a base this may be intended, since
    /// the entry may match where another kustomization includes it.
    pub fn depends_on_resources(self) -> bool {
        use Code::*;
        matches!(
            self,
            UnmatchedTarget
                | UnusedVariable
                | UnmatchedSelector
                | UnmatchedReplacement
                | UnmatchedImage
                | UnmatchedReject
                | IneffectivePatch
                | OverwrittenValue
        )
    }

    /// Returns the first paragraph of the explanation, on one line.
    pub fn summary(self) -> String {
        let first = self.explanation().split("\n\n").next().unwrap_or_default();
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

codes! {
    errors {
InvalidYaml = "invalid-yaml", "\
The text is not valid YAML, or not YAML that kustomize accepts.

The location is where the parser gave up; the cause may be a line above it. Common causes are a tab in the
indentation, a missing space after a colon, a duplicate key, and an unquoted value such as `*` or `@x`.
";
NotText = "not-text", "\
The file is not text: it contains bytes that are not UTF-8.

Save the file as UTF-8. Binary data belongs in `files` of a configMapGenerator or secretGenerator.
";
UnknownField = "unknown-field", "\
A kustomization file or a plugin's configuration has a field that does not exist.

The field would have no effect, so kustomize rejects it, too. It may be misspelled (`namePrefx`), indented too far, or
belong to another kind of entry. The fields are listed at https://kubectl.docs.kubernetes.io/references/kustomize.
";
WrongType = "wrong-type", "\
A field has a value of the wrong type.

    newTag: 1.10      # the number 1.1
    newTag: \"1.10\"    # the intended string

Numbers, `true` and `false` are strings only when quoted, and a single value is not a list: write `[value]`.
";
InvalidValue = "invalid-value", "\
A field has a value that it does not accept.

The message lists the accepted values or states the rule that the value breaks.
";
NotFound = "not-found", "\
A file or directory that is referenced does not exist.

Paths are relative to the directory of the kustomization file, not to the working directory.
";
Unreadable = "unreadable", "\
A file or directory exists but cannot be read.

The message comes from the operating system. Check permissions, and symbolic links that form a cycle.
";
WrongFileType = "wrong-file-type", "\
The path is a directory where a file is required, or a file where a directory is required.

`resources` accepts both; `components` accepts directories; patches, configurations and generator sources are files.
";
MissingKustomization = "missing-kustomization", "\
The directory has no kustomization file.

It needs one of kustomization.yaml, kustomization.yml and Kustomization. To include a directory of plain manifests,
list its files.
";
MultipleKustomizations = "multiple-kustomizations", "\
The directory has more than one kustomization file.

Keep only one of kustomization.yaml, kustomization.yml and Kustomization.
";
EmptyKustomization = "empty-kustomization", "\
The kustomization file has no content.

A file with no fields other than `apiVersion` and `kind` is an error. List manifests under `resources`.
";
Cycle = "cycle", "\
A kustomization includes itself or one of its parent directories.

The `included from` lines show the cycle. Move the shared part to a base of its own.
";
OutsideRoot = "outside-root", "\
A file is outside the directory of the kustomization that references it.

This restriction keeps a kustomization from reading files that it should not. Add a kustomization file to the other
directory and list the directory, or relax the restriction.
";
NotAResource = "not-a-resource", "\
A document is not a Kubernetes object: it has no kind or no name.

    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings

Helm values, patches and similar files belong in fields other than `resources`.
";
DuplicateResource = "duplicate-resource", "\
Two resources have the same group, version, kind, name and namespace.

A cluster holds one object per identity, so the second would replace the first. Remove one of them, give them different
names or namespaces, or turn the second into a patch. Do not include a base twice without a prefix or suffix.
";
NoTarget = "no-target", "\
A patch, replacement or replica entry names a target that does not exist.

A patch without `target` applies to the one resource with its kind, name and namespace as they are at this point: before
this kustomization's own prefix, and either as the bases left them or as they were first written.
";
AmbiguousTarget = "ambiguous-target", "\
A selector matches several resources where exactly one is required.

Specify the namespace, too, or give the patch a `target`, which may match any number of resources.
";
InvalidPatch = "invalid-patch", "\
A patch cannot be parsed or applied.

A strategic merge patch is a partial resource with apiVersion, kind and name. A JSON patch is a list of operations whose
paths must exist for `remove`, `replace` and `test`; `/` in a key is written `~1`.
";
InvalidSelector = "invalid-selector", "\
A selector or pattern cannot be parsed.

Names and kinds are regular expressions that must match completely. Label selectors use kubectl's syntax:
`app=web,tier in (a, b),!canary`.
";
InvalidFieldPath = "invalid-field-path", "\
A field path does not lead to a field that can be set.

Parts are separated by dots in `replacements` and by slashes in field specs; a key with a dot is written `[a.b/c]`.
";
InvalidGenerator = "invalid-generator", "\
A generator cannot create its ConfigMap or Secret.

It needs a name. Literals are written `KEY=value`, files `path` or `KEY=path`, and keys must be unique.
";
AmbiguousReference = "ambiguous-reference", "\
A name could refer to several resources that now have different names.

kustomize updates references when it renames resources. Two candidates had the same name: give one of them a different
name or namespace.
";
Unwritable = "unwritable", "\
A value cannot be represented in JSON, which all output passes through.

Infinity and `nan` have no JSON form, and keys must be strings. Quote the value if it is meant to be a string.
";
NotAllowed = "not-allowed", "\
Something is not allowed by default, or not supported by boutique.

Helm charts, functions and remote content run programs or use the network, so the caller must allow them.
";
InvalidVariable = "invalid-variable", "\
A variable is defined twice, or its source does not exist.

`objref` names the resource by its original name, before prefixes. Variables are deprecated: use `replacements`.
";
InvalidReplacement = "invalid-replacement", "\
A replacement cannot be applied.

The source must be exactly one resource that has the field. The target fields must exist unless
`options: {create: true}` allows creating them.
";
ProgramFailed = "program-failed", "\
A program that the tree requires (git, helm, a function) failed.

Its output is part of the message. Run the program manually to find out more.
";
LimitExceeded = "limit-exceeded", "\
A limit that protects against hostile input was exceeded.

Files, aliases, bases, and what patches, replacements and variables turn them into must not grow without bound. The
limits are far above normal use; the message says which one to raise.
";
TooDeep = "too-deep", "\
Collections are nested more deeply than the limit allows.

No Kubernetes object is that deep. The file may come from a program that was stuck in a loop.
";
InvalidConfiguration = "invalid-configuration", "\
The file `boutique.toml` is not valid.

It is a TOML file with the settings of lint. A setting that is misspelled would have no effect, so unknown fields, codes
and malformed patterns are errors, and nothing is checked.
";
    }
    others {
DeprecatedField = "deprecated-field", Warning, "\
A field is deprecated, but still works.

A future version of kustomize may remove it. The message names its successor; `boutique edit fix` rewrites the file.
";
RepeatedField = "repeated-field", Warning, "\
A mapping in a kustomization file or patch contains the same field more than once.

Only one value has an effect: the last one in kustomization files and JSON patches, the first one in strategic merge
patches. The others are ignored, so the resources of the first list are missing here:

    resources: [database.yaml]
    namespace: shop
    resources: [web.yaml]

Combine the values into one.
";
IgnoredConfigHome = "ignored-config-home", Warning, "\
The `configHome` of a Helm chart is ignored.

A `configHome` that is relative, or inside of the rendered tree, would let the tree configure helm, including its
registries and credentials. In contrast to kustomize, helm then runs with an empty configuration. Use an absolute path
outside of the tree.
";
IgnoredDocument = "ignored-document", Warning, "\
A kustomization file or JSON patch has more than one document, and only the first one is read.

Remove the line that separates the documents, or move the second document to a file of its own.
";
UnknownOption = "unknown-option", Warning, "\
An entry of `buildMetadata` is not one of its options, so it has no effect.

kustomize ignores it silently. The options are originAnnotations, transformerAnnotations and managedByLabel.
";
MissingApiVersion = "missing-api-version", Warning, "\
A resource has no `apiVersion`, without which no cluster accepts it.

kustomize renders it silently. The field may be misspelled:

    apiVerison: apps/v1    # apiVersion
    kind: Deployment
";
UnusedVariable = "unused-variable", Warning, "\
A variable is defined but never used.

No field that supports variables contains `$(NAME)`. The name may be misspelled, or used in a field that must first be
listed under `varReference` in `configurations`.
";
UnmatchedTarget = "unmatched-target", Warning, "\
The target of a patch matches no resource, so the patch has no effect.

kustomize ignores this silently, so a renamed Deployment loses its patch unnoticed:

    patches:
      - path: more-memory.yaml
        target: {kind: Deployment, name: fronted}    # frontend

Names are regular expressions that must match completely, such as `front.*`. In a component this is advice, since the
matching resources may be elsewhere.
";
UnmatchedSelector = "unmatched-selector", Warning, "\
The label or annotation selector of a target matches none of the resources that the rest of the target matches.

Labels are compared as they are at this point: labels that this kustomization adds are applied after its patches.
";
UnmatchedReplacement = "unmatched-replacement", Warning, "\
A target of a replacement selects no resource, so the value is not used.

kustomize ignores this silently. Resources are selected by their current and by their previous names.
";
UnmatchedImage = "unmatched-image", Warning, "\
An entry of `images` matches no image, so it has no effect.

The name is the image's name in the manifests, with its registry and without a tag:

    images:
      - name: example.com/shop/web    # not `web`
        newTag: v2

In a component this is advice, since the matching resources may be elsewhere.
";
DeletesEverything = "deletes-everything", Warning, "\
A patch that deletes has a target without criteria, so it deletes every resource.

    patches:
      - patch: '{$patch: delete, apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'
        target: {}    # every resource, not the ConfigMap `a`

The target decides, not the patch. Remove the target, or specify kind and name in it.
";
MissingNameHash = "missing-name-hash", Warning, "\
The name of a resource lacks the hash that kustomize appends.

The annotation `internal.config.kubernetes.io/needsHashSuffix: enabled` requests a hash, as does a generator. For
ConfigMaps and Secrets it is that of their data. For other kinds kustomize computes it from internal data such as
comments and line numbers, which is not supported: the name and the references to it stay as they are. Name such
resources yourself, for example with `nameSuffix`.
";
UnmatchedReject = "unmatched-reject", Lint, "\
An entry under `reject` matches none of the resources that the replacement would select.

It has no effect: it may be misspelled, or the resource may have been removed.
";
IneffectivePatch = "ineffective-patch", Lint, "\
A patch changes nothing: every value that it sets is already set.

It may be left over from before the base adopted the change. Remove it.
";
OverwrittenKey = "overwritten-key", Advice, "\
A generator with `behavior: merge` replaces the value of a key that another generator set.

That is what merging is for, but also how one team overwrites another team's settings.
";
UnresolvedVariable = "unresolved-variable", Lint, "\
The output contains `$(NAME)`, which nothing replaces.

Kubernetes replaces `$(NAME)` in commands, arguments and environment values with variables that the same container
defines under `env`, and otherwise leaves it unchanged. The name may be misspelled, or a variable of `vars` may be in a field
that does not support variables. `$$(NAME)` is an escape and is not reported. In a custom resource, only what looks like a
misspelled variable is reported.
";
UnsubstitutedVariable = "unsubstituted-variable", Advice, "\
The output contains `${NAME}`, which neither kustomize nor Kubernetes replaces.

That is intended where another program substitutes it: the `postBuild` of a Flux Kustomization, a plugin of Argo CD,
clusterctl, envsubst, or the application itself.
";
WrongNamespace = "wrong-namespace", Lint, "\
A resource refers to one in a different namespace.

Pods, Ingresses and similar objects find ConfigMaps, Secrets, Services and ServiceAccounts only in their own namespace.
Often `namespace` is set in the wrong kustomization, so that only one of the two moves. An object without a namespace is
not reported, since its namespace may be set when it is applied.
";
DanglingReference = "dangling-reference", Lint, "\
A resource refers to one that no output of the tree contains.

A pod does not start if a ConfigMap, Secret or ServiceAccount that it requires is missing. Optional references are not
reported, nor are objects that Kubernetes, cert-manager, External Secrets and other known controllers create, nor those in
a manifest of the tree that no kustomization reads. If the tree contains charts or custom resources that may create any
object, only names that are nearly those of existing objects are reported. Suppress the diagnostic for objects that are
created elsewhere.
";
UnknownKey = "unknown-key", Lint, "\
A reference names a key that the ConfigMap or Secret does not have.

A container whose environment requires the key does not start. Add `optional: true` if the key may be missing.
";
UnknownPort = "unknown-port", Lint, "\
A reference names a port that the Service or the containers do not have.

An Ingress whose backend names a missing port routes nowhere, and so does a Service whose `targetPort` is not the name of
a container port. A probe that names a missing port fails, and a ServiceMonitor or PodMonitor collects nothing: their ports
are names of the ports of Services and of containers. Numbers are reported where the Service and the containers have just
one port each, or where digits are swapped.
";
SelectsNothing = "selects-nothing", Lint, "\
A selector matches nothing in the tree.

A Service without pods has no endpoints; a PodDisruptionBudget or NetworkPolicy without pods protects nothing. Compare it
with the labels under `spec.template.metadata.labels` of the workload. The selector of a ServiceMonitor is for the labels of
the Service itself rather than for those of its pods. Other selectors than those of Services and PodDisruptionBudgets are
reported only if they nearly match.
";
UndeclaredPort = "undeclared-port", Advice, text::UNDECLARED_PORT;
OverwrittenValue = "overwritten-value", Lint, text::OVERWRITTEN_VALUE;
MutableTag = "mutable-tag", Lint, "\
A production overlay uses an image without a tag or with the tag `latest`.

Which version runs then depends on when the pod starts, and a rollback does not restore the old one. Specify a version
or, better, a digest. An overlay counts as production if part of its path is `prod`, `production` or `live`.
";
UnusedFile = "unused-file", Lint, "\
No kustomization reads a manifest next to others that its kustomization lists.

A manifest that no kustomization lists is not deployed. List it, or remove it.
";
UnreferencedFile = "unreferenced-file", Advice, "\
No kustomization refers to a file that looks like a manifest, a patch or a kustomization.

That is intended for samples, tests, and what other programs apply.
";
UnusedComponent = "unused-component", Advice, "\
No target of the tree includes a component.

It is never rendered, so nobody notices when it breaks.
";
NullAsText = "null-as-text", Warning, text::NULL_AS_TEXT;
LostEntry = "lost-entry", Warning, text::LOST_ENTRY;
DuplicateName = "duplicate-name", Warning, text::DUPLICATE_NAME;
AddedContainer = "added-container", Warning, text::ADDED_CONTAINER;
StaleName = "stale-name", Lint, text::STALE_NAME;
NotAString = "not-a-string", Lint, text::NOT_A_STRING;
MissingNamespace = "missing-namespace", Lint, text::MISSING_NAMESPACE;
ClusterScopedNamespace = "cluster-scoped-namespace", Lint, text::CLUSTER_SCOPED_NAMESPACE;
QuotedValue = "quoted-value", Lint, text::QUOTED_VALUE;
InvalidKey = "invalid-key", Lint, text::INVALID_KEY;
NoValue = "no-value", Lint, text::NO_VALUE;
ReplacedList = "replaced-list", Lint, text::REPLACED_LIST;
ChangedValue = "changed-value", Lint, text::CHANGED_VALUE;
SelectorMismatch = "selector-mismatch", Lint, text::SELECTOR_MISMATCH;
MergedTags = "merged-tags", Lint, text::MERGED_TAGS;
RemovedApi = "removed-api", Lint, text::REMOVED_API;
UnknownCode = "unknown-code", Lint, text::UNKNOWN_CODE;
ListedTwice = "listed-twice", Lint, "\
A list in a kustomization contains the same path twice.

A component that is listed twice is applied twice: prefixes are added twice, and JSON patches append twice.
";
UnknownApiField = "unknown-api-field", Api, api::UNKNOWN_API_FIELD;
WrongApiType = "wrong-api-type", Api, api::WRONG_API_TYPE;
MissingApiField = "missing-api-field", Api, api::MISSING_API_FIELD;
UnsupportedValue = "unsupported-value", Api, api::UNSUPPORTED_VALUE;
InvalidFormat = "invalid-format", Api, api::INVALID_FORMAT;
DuplicateElement = "duplicate-element", Api, api::DUPLICATE_ELEMENT;
InvalidName = "invalid-name", Api, api::INVALID_NAME;
InvalidObject = "invalid-object", Api, api::INVALID_OBJECT;
UnavailableApi = "unavailable-api", Api, api::UNAVAILABLE_API;
UnknownKind = "unknown-kind", Api, api::UNKNOWN_KIND;
DeprecatedApi = "deprecated-api", Warning, api::DEPRECATED_API;
InvalidSchema = "invalid-schema", Warning, api::INVALID_SCHEMA;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_their_names() {
        for &code in Code::ALL {
            assert_eq!(Code::from_name(code.as_str()), Some(code));
            assert!(code.summary().ends_with('.'), "{code:?}");
            assert!(code.explanation().lines().all(|line| line.len() <= 125), "{code:?}");
        }
        assert_eq!(Code::from_name("no-such-code"), None);
    }

    #[test]
    fn explanations_name_no_flags() {
        assert!(Code::ALL.iter().all(|code| !code.explanation().contains("--")));
    }
}
