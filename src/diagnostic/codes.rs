//! The kinds of diagnostics: their stable names, their levels, and what there is to know about them.

/// When a kind of diagnostic is told, and what it does to a render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Always told; nothing is rendered.
    Error,
    /// Always told, as it is hardly ever meant; what is rendered is what the reference renders.
    Warning,
    /// Told by `lint` and under `--strict`: what is often a mistake, or costs time to find.
    Advice,
}

macro_rules! codes {
    (
        errors { $($error:ident = $error_name:literal, $error_text:literal;)+ }
        others { $($other:ident = $other_name:literal, $level:ident, $other_text:literal;)+ }
    ) => {
        /// The stable name of a kind of diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

            pub fn level(self) -> Level {
                match self { $(Code::$error => Level::Error,)+ $(Code::$other => Level::$level,)+ }
            }

            /// Returns what the code means, why that matters, and what to do about it. The first paragraph is a summary.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Code::$error => $error_text,)+
                    $(Code::$other => concat!(
                        $other_text,
                        "\nIt is turned off by `--allow ", $other_name, "`, and by the comment `# boutique: allow(", $other_name,
                        ")`\nat the end of the line, on the line before it, or at the top of the file. `--deny ", $other_name,
                        "`\nmakes it an error.\n",
                    ),)+
                }
            }
        }
    };
}

impl Code {
    /// Returns the code of this name.
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Returns whether it says that an entry finds nothing to change. Of a component that is true in one place and not in
    /// another.
    pub fn depends_on_resources(self) -> bool {
        use Code::*;
        matches!(
            self,
            UnmatchedTarget
                | UnmatchedSelector
                | UnmatchedReplacement
                | UnmatchedImage
                | UnmatchedReject
                | IneffectivePatch
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
The text is not YAML, or not the YAML that kustomize reads.

The place is where the reader gave up; the mistake may be a line above it. Common ones are a tab in the
indentation, a missing space behind a colon, the same key twice, and a value such as `*` or `@x` without quotes.
";
NotText = "not-text", "\
The file is not text: it holds bytes that are not UTF-8.

Save it as UTF-8. Binary data belongs into `files` of a configMapGenerator or secretGenerator.
";
UnknownField = "unknown-field", "\
A kustomization file, or the configuration of a plugin, has a field that does not exist.

Nothing would happen by it, so it is a mistake to kustomize, too. It may be misspelt (`namePrefx`), indented too
far, or belong to another kind of entry. The fields are in https://kubectl.docs.kubernetes.io/references/kustomize.
";
WrongType = "wrong-type", "\
A field holds a value of another type than it takes.

    newTag: 1.10      # a number: 1.1
    newTag: \"1.10\"    # the text that is meant

Numbers and `true` or `false` are no text without quotes, and a single value is no list: write `[value]`.
";
InvalidValue = "invalid-value", "\
A field holds a value that it does not accept.

The message names the values that would do, or the rule that the value breaks.
";
NotFound = "not-found", "\
A file or directory that is referred to does not exist.

Paths are relative to the directory of the kustomization file, not to the working directory.
";
Unreadable = "unreadable", "\
A file or directory exists but could not be read.

The message is that of the operating system: look at the permissions, and at links that lead in a circle.
";
WrongFileType = "wrong-file-type", "\
The path is a directory where a file is needed, or the other way round.

`resources` takes both; `components` takes directories; patches, configurations and sources of generators are files.
";
MissingKustomization = "missing-kustomization", "\
The directory has no kustomization file.

It needs one of kustomization.yaml, kustomization.yml and Kustomization. A directory of plain manifests is
included by listing its files.
";
MultipleKustomizations = "multiple-kustomizations", "\
The directory has more than one kustomization file.

Only one of kustomization.yaml, kustomization.yml and Kustomization may be there: keep one of them.
";
EmptyKustomization = "empty-kustomization", "\
The kustomization file says nothing.

A file without a field beside `apiVersion` and `kind` is a mistake. List manifests under `resources`.
";
Cycle = "cycle", "\
A kustomization includes itself, or a directory above itself.

The chain of `included from` shows the way round. Move what both need into a base of its own.
";
OutsideRoot = "outside-root", "\
A file lies outside the directory of the kustomization that refers to it.

This keeps a kustomization from reading what it has no business with. Give the other directory a kustomization
file and list the directory, or allow it with `--load-restrictor LoadRestrictionsNone`.
";
NotAResource = "not-a-resource", "\
A document is no Kubernetes object: it lacks a kind or a name.

    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings

Files of values, of patches and the like are named by other fields than `resources`.
";
DuplicateResource = "duplicate-resource", "\
Two resources have the same group, version, kind, name and namespace.

A cluster keeps one object of an identity, so the second would replace the first. Remove one, give them different
names or namespaces, or make a patch of the second. A base must not be included twice without a prefix or suffix.
";
NoTarget = "no-target", "\
A patch, replacement or replica entry names a target that does not exist.

A patch without `target` is for the one resource that has its kind, name and namespace, as they are at this point:
before this kustomization's own prefix, and as the bases made them or as they were first written.
";
AmbiguousTarget = "ambiguous-target", "\
A selector matches several resources where one is needed.

Name the namespace too, or give the patch a `target`, which may match any number.
";
InvalidPatch = "invalid-patch", "\
A patch cannot be read or does not apply.

A strategic merge patch is a part of a resource, with its apiVersion, kind and name. A JSON patch is a list of
operations, whose paths have to exist for `remove`, `replace` and `test`; `/` in a key is written `~1`.
";
InvalidSelector = "invalid-selector", "\
A selector or pattern cannot be read.

Names and kinds are regular expressions, matched as a whole. Label selectors are written as for kubectl:
`app=web,tier in (a, b),!canary`.
";
InvalidFieldPath = "invalid-field-path", "\
A field path does not lead to a field that can be set.

Parts are divided by dots in `replacements` and by slashes in field specs; a dot in a key is written `[a.b/c]`.
";
InvalidGenerator = "invalid-generator", "\
A generator cannot make its ConfigMap or Secret.

It needs a name, literals are written `KEY=value`, files `path` or `KEY=path`, and no key may come twice.
";
AmbiguousReference = "ambiguous-reference", "\
A name could refer to several resources with different new names.

kustomize changes names in references along with the resources. Here two candidates had the same name: give one
of them another, or put it into another namespace.
";
Unwritable = "unwritable", "\
A value cannot be written as JSON, through which all output goes.

Infinity and `nan` have no JSON form, and keys have to be text. Quote the value if text is meant.
";
NotAllowed = "not-allowed", "\
Something is not allowed without a flag, or not supported by this program.

Charts need `--enable-helm`, functions `--enable-alpha-plugins` and, as programs, `--enable-exec` beside it.
";
InvalidVariable = "invalid-variable", "\
A variable is defined twice, or its source does not exist.

`objref` names the resource by its first name, before prefixes. Variables are deprecated: use `replacements`.
";
InvalidReplacement = "invalid-replacement", "\
A replacement cannot be done.

The source has to be one resource with the field; the fields of the targets have to exist unless
`options: {create: true}` says that they may be made.
";
ProgramFailed = "program-failed", "\
A program that the tree needs (git, helm, a function) failed.

What it said is part of the message. Run it by hand to find out more; for charts there is `--helm-debug`.
";
LimitExceeded = "limit-exceeded", "\
A limit that protects against hostile input was exceeded.

Neither files, aliases and bases nor what patches, replacements and variables make of them may grow without bound. The
limits are far above what anyone means to render; the message names the flag that sets this one.
";
TooDeep = "too-deep", "\
Collections are nested deeper than the limit.

No Kubernetes object is so deep. The file may be the output of a program that went round in a circle.
";
    }
    others {
DeprecatedField = "deprecated-field", Warning, "\
A field is deprecated; it still works.

A later version of kustomize may drop it. The message names its successor; `kustomize edit fix` rewrites the file.
";
UnusedVariable = "unused-variable", Warning, "\
A variable is defined but never used.

Nothing holds `$(NAME)` in a field that variables are replaced in. It may be misspelt, or stand in a field that
`configurations` would have to list under `varReference`.
";
UnmatchedTarget = "unmatched-target", Warning, "\
The target of a patch matches no resource, so the patch does nothing.

kustomize passes over it in silence, so that a renamed Deployment loses its patch unnoticed:

    patches:
      - path: more-memory.yaml
        target: {kind: Deployment, name: fronted}    # frontend

Names are regular expressions that have to match as a whole: `front.*`. In a component it is advice, since what
the component is for may be elsewhere.
";
UnmatchedSelector = "unmatched-selector", Warning, "\
The label or annotation selector of a target matches none of the resources that the rest of it matches.

Labels count as they are at this point: those that this kustomization adds itself come later than its patches.
";
UnmatchedReplacement = "unmatched-replacement", Warning, "\
A target of a replacement selects no resource, so the value is put nowhere.

kustomize passes over it in silence. Resources are selected by what they are called now, and by what they were
called before.
";
UnmatchedImage = "unmatched-image", Warning, "\
An entry of `images` matches no image, so it changes nothing.

The name is the image's without tag, as the manifests have it, with its registry:

    images:
      - name: example.com/shop/web    # not `web`
        newTag: v2

In a component it is advice, since what the component is for may be elsewhere.
";
DeletesEverything = "deletes-everything", Warning, "\
A patch that deletes has a target without any criterion, so it deletes every resource.

    patches:
      - patch: '{$patch: delete, apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'
        target: {}    # every resource, not the ConfigMap `a`

The target decides, not the patch. Leave it out, or name kind and name in it.
";
UnmatchedReject = "unmatched-reject", Advice, "\
An entry under `reject` matches none of the resources that the replacement would select.

So it rejects nothing: it may be misspelt, or be about a resource that is gone.
";
IneffectivePatch = "ineffective-patch", Advice, "\
A patch changes nothing: all that it sets is so already.

It may be a leftover: the base has taken over what it sets. Remove it, so that nobody wonders.
";
OverwrittenKey = "overwritten-key", Advice, "\
A generator with `behavior: merge` replaces the value of a key that another generator set.

That is what merging is for, but also how two people overwrite each other's settings.
";
UnresolvedVariable = "unresolved-variable", Advice, "\
The output holds `$(NAME)` or `${NAME}` that nothing replaces.

Kubernetes replaces `$(NAME)` in commands, arguments and values of environment variables by what the same container
has under `env`, and else leaves it as it is; nothing replaces `${NAME}`. It may be the rest of a template, or a
variable of `vars` in a field that is not listed for them. `$$(NAME)` is not meant to be replaced.
";
WrongNamespace = "wrong-namespace", Advice, "\
A resource refers to one that is in another namespace.

Pods, Ingresses and the like find ConfigMaps, Secrets, Services and ServiceAccounts in their own namespace only.
Often `namespace` is set in the wrong kustomization, so that only one of the two has moved.
";
DanglingReference = "dangling-reference", Advice, "\
A resource refers to one that is in no output of the tree.

A pod does not start without the ConfigMap, Secret or ServiceAccount that it names. What is optional may be missing,
and so may what others make, such as the token of a service account; allow what is made elsewhere.
";
UnknownKey = "unknown-key", Advice, "\
A key is referred to that the ConfigMap or Secret does not have.

A container whose environment needs the key does not start. Mark it as `optional: true` if it may be missing.
";
UnknownPort = "unknown-port", Advice, "\
A port is referred to that the Service or the containers do not have.

An Ingress whose backend names a port that the Service lacks leads nowhere, and so does a Service whose
`targetPort` is the name of no container's port.
";
SelectsNothing = "selects-nothing", Advice, "\
A selector matches no pod of the output.

A Service without pods has no endpoints; a PodDisruptionBudget or NetworkPolicy without pods protects nothing. Compare
the labels under `spec.template.metadata.labels` of the workload.
";
MutableTag = "mutable-tag", Advice, "\
An overlay for production uses an image without a tag, or with the tag `latest`.

What runs then depends on the time of the start, and a rollback brings nothing back. Name a version or, better, a
digest. An overlay is for production if a part of its path is `prod`, `production` or `live`.
";
UnusedFile = "unused-file", Advice, "\
No kustomization reads a file that looks like a manifest, a patch or a kustomization.

A manifest beside a kustomization that does not list it is not deployed. List it, or remove it.
";
UnusedComponent = "unused-component", Advice, "\
No target of the tree includes a component.

It is never rendered, so that nothing tells when it stops working.
";
ListedTwice = "listed-twice", Advice, "\
A list of a kustomization has the same path twice.

A component that is included twice is applied twice: a prefix comes twice, a JSON patch adds twice.
";
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
    fn what_is_no_error_tells_how_to_turn_it_off() {
        let flag = |code: &Code| code.explanation().contains(&format!("--allow {}", code.as_str()));
        assert!(Code::ALL.iter().all(|code| flag(code) == (code.level() != Level::Error)));
    }
}
