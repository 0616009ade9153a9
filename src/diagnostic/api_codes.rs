//! The explanations of the diagnostics of validate: what an API server refuses.

pub const UNKNOWN_API_FIELD: &str = "\
An object has a field that its kind does not have.

The API server refuses it or, without strict validation, drops it, so that it has no effect:

    spec:
      replica: 3    # replicas

The field may be misspelled, indented too far, or belong to another version of the kind.
";

pub const WRONG_API_TYPE: &str = "\
A field of an object has a value of the wrong type, so the API server refuses the object.

    replicas: \"2\"      # a string, where an integer is expected
    env:
      - name: PORT
        value: 8080    # an integer, where a string is expected

Numbers, `true` and `false` are strings only when quoted, and a single value is not a list: write `[value]`.
";

pub const MISSING_API_FIELD: &str = "\
An object lacks a field that its kind requires, so the API server refuses it.

The location is that of the object or list element that lacks the field.
";

pub const UNSUPPORTED_VALUE: &str = "\
A field of an object has a value that is not one of those that it supports, so the API server refuses the object.

Letters count: `concurrencyPolicy: forbid` is not `Forbid`.
";

pub const INVALID_FORMAT: &str = "\
A value of an object is not in the form that the field requires, so the API server refuses the object.

Examples are quantities (`500m`, `1Gi`), dates (`2026-01-02T15:04:05Z`), base64, IP addresses, and numbers in a range.
";

pub const DUPLICATE_ELEMENT: &str = "\
A list of an object contains the same element twice: the same value in a set, or the same key in a list of named elements.
Or a mapping contains the same key twice.

Ports, environment variables, containers and volumes are such lists. Remove one of the elements, or rename it.
";

pub const INVALID_NAME: &str = "\
A name, a label or the key of an annotation does not have the form that Kubernetes requires.

Most names consist of lowercase letters, digits and `-`, start and end with a letter or digit, and have at most 63 or 253
characters. The message says which rule applies.
";

pub const INVALID_OBJECT: &str = "\
An object breaks a rule that the API server checks in addition to the schema of its kind, so the server refuses it.

Examples are a selector that does not match the labels of its template, a mount of a volume that does not exist, and a
request above its limit.
";

pub const UNAVAILABLE_API: &str = "\
An object has a version that Kubernetes does not serve in the version that it is checked for.

The version may have been removed, or may come with a later version of Kubernetes. The message names the versions that
are served.
";

pub const DEPRECATED_API: &str = "\
An object has a version that is deprecated in the version of Kubernetes that it is checked for.

The API server accepts the object and warns. A later version of Kubernetes will refuse it: the message names the successor.
";

pub const UNKNOWN_KIND: &str = "\
An object is of a kind without a known schema, so it is not checked.

It is probably a custom resource whose CustomResourceDefinition is not part of the tree. Objects of unknown kinds are skipped
unless the check is strict.
";

pub const INVALID_SCHEMA: &str = "\
The schema of a kind cannot be used in whole or in part, so its objects are not checked for what it says.

The message says why: a pattern may not be a regular expression, or the schema may be too large or too deep.
";
