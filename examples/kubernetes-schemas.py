#!/usr/bin/env python3
"""Writes src/validate/kubernetes/table.txt, the facts about the kinds of Kubernetes that `boutique validate` knows.

    pip download --no-deps kubernetes-validate==1.37.0 && unzip -q kubernetes_validate-*.whl -d /tmp/schemas
    python3 examples/kubernetes-schemas.py /tmp/schemas > src/validate/kubernetes/table.txt

The package has the OpenAPI schemas of each version of Kubernetes. The table has one line for each definition and field, with
the versions that have it where these are not all versions:

    versions 25 37
    kind apps/v1 Deployment apps.v1.Deployment 25-37       a kind, with the definition of its objects
    core.v1.ServicePort 25-37                              a definition; `any` after the name: any value is allowed
     port i !                                              a field, its type, and `!` if the API server requires it

Types: s string, b boolean, n number, i int32, l int64, y base64, q quantity, x integer or string, t time, m time with
microseconds, * any value, @N the definition with this name, [T a list of T, {T a mapping to T.

`required` of the newest version counts for all, since the server has always checked most of it; NOT_ENFORCED lists what it
accepts all the same. Lists need no items. What a status requires is listed, but not checked, since the server resets the status.
"""

import json
import sys
from pathlib import Path

VERSIONS = range(25, 38)

# Fields that the schemas call required, but without which the API server accepts an object.
NOT_ENFORCED = {
    "apps.v1.ControllerRevision.revision",
    "batch.v1.PodFailurePolicy.rules",
    "core.v1.Event.involvedObject",
    "core.v1.Event.metadata",
    "core.v1.HTTPHeader.value",
    "core.v1.ISCSIPersistentVolumeSource.lun",
    "core.v1.ISCSIVolumeSource.lun",
    "core.v1.LimitRangeSpec.limits",
    "core.v1.PreferredSchedulingTerm.preference",
    "core.v1.ScaleIOPersistentVolumeSource.secretRef",
    "core.v1.ScaleIOVolumeSource.secretRef",
    "core.v1.SleepAction.seconds",
    "core.v1.Sysctl.value",
    "storage.v1.CSIDriver.spec",
    "storage.v1.CSINode.spec",
    "storage.v1.TokenRequest.audience",
    "apiextensions.v1.CustomResourceDefinitionVersion.served",
    "apiextensions.v1.CustomResourceDefinitionVersion.storage",
    *(f"resource.{version}.{field}" for version in ("v1", "v1alpha3", "v1beta1", "v1beta2")
      for field in ("Counter.value", "DeviceCapacity.value", "ResourcePool.generation")),
}
SCALARS = {
    ("string", None): "s",
    ("string", "byte"): "y",
    ("boolean", None): "b",
    ("number", "double"): "n",
    ("integer", "int32"): "i",
    ("integer", "int64"): "l",
    ("integer", None): "l",
}
SPECIAL = {
    "api.resource.Quantity": "q",
    "util.intstr.IntOrString": "x",
    "meta.v1.Time": "t",
    "meta.v1.MicroTime": "m",
    "runtime.RawExtension": "*",
    "meta.v1.FieldsV1": "*",
    "meta.v1.Patch": "*",
    "apiextensions.v1.JSON": "*",
    "apiextensions.v1.JSONSchemaPropsOrArray": "*",
    "apiextensions.v1.JSONSchemaPropsOrBool": "*",
    "apiextensions.v1.JSONSchemaPropsOrStringArray": "*",
}
PREFIXES = [
    "io.k8s.apiextensions-apiserver.pkg.apis.",
    "io.k8s.kube-aggregator.pkg.apis.",
    "io.k8s.apimachinery.pkg.apis.",
    "io.k8s.apimachinery.pkg.",
    "io.k8s.api.",
]


def short(name):
    """Returns the name of a definition without the Go package."""
    name = name.removeprefix("#/$defs/")
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return name.removeprefix(prefix)


def type_of(schema):
    """Returns the code of a type."""
    if "$ref" in schema:
        name = short(schema["$ref"])
        return SPECIAL.get(name, "@" + name)
    names = schema.get("type", [])
    name = next((name for name in ([names] if isinstance(names, str) else names) if name != "null"), None)
    if name == "array":
        return "[" + type_of(schema["items"])
    if name == "object":
        return "{" + type_of(schema["additionalProperties"]) if "additionalProperties" in schema else "*"
    return SCALARS[name, schema.get("format")] if name else "*"


def ranges(versions):
    """Returns versions as ranges: 25-30,32-37."""
    text, versions = [], sorted(versions)
    for version in versions:
        if version - 1 in versions:
            text[-1][1] = version
        else:
            text.append([version, version])
    return ",".join(f"{first}-{last}" for first, last in text)


def main():
    root = Path(sys.argv[1]) / "kubernetes_validate" / "kubernetes-json-schema"
    kinds, definitions, fields, required = {}, {}, {}, {}
    for version in VERSIONS:
        text = (root / f"v1.{version}.0-local" / "_definitions.json").read_text()
        for long_name, schema in json.loads(text)["$defs"].items():
            name = short(long_name)
            if name in SPECIAL:
                continue
            definitions.setdefault(name, set()).add(version)
            required[name] = set(schema.get("required", []))
            of_kind = schema.get("x-kubernetes-group-version-kind", [])
            # Definitions with several are those of requests, such as DeleteOptions.
            for kind in of_kind if len(of_kind) == 1 else []:
                api_version = f"{kind['group']}/{kind['version']}".removeprefix("/")
                kinds.setdefault((api_version, kind["kind"], name), set()).add(version)
            for field, value in schema.get("properties", {}).items():
                types = fields.setdefault(name, {}).setdefault(field, {})
                types.setdefault(type_of(value), set()).add(version)
    print("versions", VERSIONS[0], VERSIONS[-1])
    for (api_version, kind, name), versions in sorted(kinds.items()):
        print("kind", api_version, kind, name, ranges(versions))
    for name, versions in sorted(definitions.items()):
        print(name, ranges(versions))
        for field, types in sorted(fields.get(name, {}).items()):
            is_required = field in required[name] and not name.endswith("List") and f"{name}.{field}" not in NOT_ENFORCED
            for code, of_type in types.items():
                words = [field, code] + ["!"] * is_required + [ranges(of_type)] * (of_type != versions)
                print("", *words)


main()
