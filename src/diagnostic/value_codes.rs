//! The explanations of diagnostics about resources and their values.

pub const NULL_AS_TEXT: &str = "\
A patch is meant to remove a label or an annotation with null, but kustomize sets it to the text of the null.

kustomize converts the labels and annotations of a patch with a `target` to strings first:

    patches:
      - target: {kind: Deployment}
        patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: any, labels: {canary: null}}    # becomes the text \"null\"

Remove the key with a JSON patch instead: `- {op: remove, path: /metadata/labels/canary}`.
";

pub const LOST_ENTRY: &str = "\
A strategic merge patch loses an entry of a list, because two entries have the same merge key.

Ports are merged by their number. Of two entries with the same number, of which one has no `protocol`, only one remains:

    ports:
      - {name: dns, port: 53}                        # lost
      - {name: dns-udp, port: 53, protocol: UDP}

Write `protocol` in all entries, also in those of the base.
";

pub const DUPLICATE_NAME: &str = "\
A strategic merge patch adds a port with the name of another one.

Ports are merged by their number, so a patch with another number adds a second port of the same name. The API server
refuses the resource. Change the number with a JSON patch, or delete the old entry:

    ports:
      - {port: 3000, $patch: delete}
      - {port: 9080, name: http}
";

pub const ADDED_CONTAINER: &str = "\
A strategic merge patch adds a container without an image, because the resource has no container of that name.

The name is probably misspelled, so the change misses the container that it is meant for:

    containers:
      - name: servr    # server
        resources: {limits: {memory: 1Gi}}

The API server refuses containers without an image.
";

pub const STALE_NAME: &str = "\
A field has the former name of an object that kustomize has renamed.

A prefix, a suffix or a hash changes names. kustomize updates the references in the fields of its own table only, which
has few custom resources. Add the field to a file that is listed under `configurations`:

    nameReference:
      - kind: Secret
        fieldSpecs:
          - {kind: ClusterIssuer, path: spec/acme/privateKeySecretRef/name}

A name inside of a longer text, such as a host name, needs a replacement with a `delimiter`.
";

pub const NOT_A_STRING: &str = "\
A value is a number or a boolean where Kubernetes accepts only strings.

The API server refuses labels, annotations, selectors of nodes, values of environment variables and data of ConfigMaps
that are not strings:

    env:
      - name: PORT
        value: 8080    # must be \"8080\"

Quote the value. A replacement that creates a field writes a number if the text looks like one; create the field with a
string in the resource first.
";

pub const MISSING_NAMESPACE: &str = "\
Objects of a Helm chart have no namespace, although the kustomization sets one.

Since kustomize 5.8, `namespace` is passed to helm, but not set on what the chart prints. Objects whose template does not
use `.Release.Namespace` land in the current namespace of whoever applies them. Patch them:

    patches:
      - target: {kind: Deployment, name: web}
        patch: '[{op: add, path: /metadata/namespace, value: shop}]'
";

pub const CLUSTER_SCOPED_NAMESPACE: &str = "\
An object has a namespace, but objects of its kind are cluster-scoped.

`namespace` sets the namespace of all custom resources, since kustomize does not know their scope. Tools such as Argo CD
then report a difference forever, and some refuse the object. List it in a kustomization without `namespace`, or specify
the scope of its kind in a schema under `openapi`.
";

pub const QUOTED_VALUE: &str = "\
The quotes around a value in an env file become part of the value.

In contrast to a shell, kustomize does not remove quotes in files under `envs`:

    GREETING=\"Hello\"    # the value is \"Hello\" with the quotes

Remove the quotes. Those in `literals` are removed.
";

pub const INVALID_KEY: &str = "\
A ConfigMap or Secret cannot have a key like this.

Keys consist of letters, digits, `-`, `_` and `.`, at most 253 of them; the API server refuses others. Common causes are
`export ` before the key and a space before the equals sign in an env file.
";

pub const NO_VALUE: &str = "\
A line of an env file has no equals sign, so the value of its key is empty.

In contrast to `docker run` or older documentation, kustomize does not take the value from its environment. Nor can a
value continue on the next line: use `files` for values with more than one line.
";

pub const REPLACED_LIST: &str = "\
A strategic merge patch replaces a list of a custom resource, and fields of its elements are lost.

kustomize has merge keys only for the types of Kubernetes. In a custom resource, the list of the patch replaces the whole
list:

    kind: Rollout
    spec: {template: {spec: {containers: [{name: web, image: web:v2}]}}}    # ports and env are gone

Use a JSON patch, or define the merge key in a schema under `openapi`.
";

pub const SELECTOR_MISMATCH: &str = "\
The selector of a workload does not match the labels of its own pod template.

The API server refuses such a workload. Make the labels under `spec.template.metadata.labels` contain those of the
selector; a change of labels with `includeSelectors` changes both.
";

pub const MERGED_TAGS: &str = "\
An entry of `images` sets different tags of one image to the same tag.

Two containers used different variants of the image before, such as `agent:client-1` and `agent:server-1`. After the
entry, both run the same one. Change each with a patch.
";

pub const UNDECLARED_PORT: &str = "\
The target port of a Service is a number that none of the selected containers declares.

A container may listen on ports that it does not declare, so this is often intended. Otherwise, the Service routes to a
port on which nothing listens. Declare the port under `ports` of the container, or change `targetPort`.
";

pub const OVERWRITTEN_VALUE: &str = "\
A value that a patch sets is replaced by a later step of the same kustomization.

The steps have a fixed order: patches come first, then `namespace`, prefixes and suffixes, labels, annotations, `replicas`,
`images` and `replacements`. So `dev` has no effect here:

    namespace: test
    patches:
      - target: {kind: RoleBinding}
        patch: '[{op: replace, path: /subjects/0/namespace, value: dev}]'

Remove the value that has no effect. If the patch is to win, apply it in a kustomization that includes this one.
";

pub const UNKNOWN_CODE: &str = "\
A comment that suppresses diagnostics names a code that does not exist.

It suppresses nothing, so the code is probably misspelled:

    - name: ngnix # boutique: allow(unmached-image)
";

pub const REMOVED_API: &str = "\
An object has a version that Kubernetes no longer serves.

The API server of every supported version of Kubernetes refuses it:

    apiVersion: policy/v1beta1    # policy/v1 since Kubernetes 1.21
    kind: PodDisruptionBudget

Some objects need other fields in the new version, such as `pathType` in each path of an Ingress.
";

pub const CHANGED_VALUE: &str = "\
A JSON patch changes a value that it does not name.

kustomize converts the whole object to JSON and back, in which numbers are floating-point numbers and there are no dates:

    version: 1.10                # becomes 1.1
    serial: 9007199254740993     # becomes 9007199254740992
    since: 2024-01-02            # becomes \"2024-01-02T00:00:00Z\"

Quote the value if it is meant as text. A strategic merge patch leaves other values as they are.
";
