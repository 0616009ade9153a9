//! `boutique validate`.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
";

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 9}
              color: {type: string, enum: [red, green], default: red}
              name: {type: string, pattern: '^[a-z]+$', maxLength: 5}
              port: {x-kubernetes-int-or-string: true}
              note: {type: string, nullable: true}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              doors:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              labels: {type: object, additionalProperties: {type: string}}
              either:
                type: object
                properties: {a: {type: string}, b: {type: string}}
                oneOf: [{required: [a]}, {required: [b]}]
";

/// Returns the codes of the errors of a manifest, with their paths.
fn errors(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let run = sandbox.run(&[&["validate", "--format", "json"], arguments].concat());
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("it is JSON"));
    let text = |message: &serde_json::Value, name: &str| message[name].as_str().unwrap_or_default().to_string();
    lines
        .map(|message| {
            let path = text(&message, "message").split(": ").next().unwrap_or_default().to_string();
            format!("{} {path}", text(&message, "code"))
        })
        .collect()
}

/// Returns the errors of a custom resource with a `spec`.
fn errors_of_shop(spec: &str) -> Vec<String> {
    let shop = format!("apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n");
    let sandbox = Sandbox::new(&[("shop.yaml", &shop), ("crds/shops.yaml", DEFINITION)]);
    errors(&sandbox, &["--crds", "crds", "shop.yaml"])
}

#[test]
fn errors_are_at_the_line_that_made_the_value() {
    let sandbox = Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", &WEB.replace("image: web", "image: web, imagePulPolicy: Always")),
        ("prod/kustomization.yaml", "resources: [../base]\npatches: [{path: scale.yaml}]\n"),
        ("prod/scale.yaml", &WEB.replace("spec:\n", "spec:\n  replicas: '2'\n")),
    ]);
    let run = sandbox.run(&["validate"]);
    run.assert_code(1);
    assert_snapshot!(run.stdout + &run.stderr);
}

#[test]
fn help_of_validate() {
    assert_snapshot!(Sandbox::new(&[]).run(&["validate", "--help"]).succeeds());
}

#[test]
fn a_valid_tree_is_valid() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", WEB)]);
    let run = sandbox.run(&["validate"]);
    run.assert_code(0);
    assert_eq!((&*run.stdout, &*run.stderr), ("", "checked 1 object in 1 target: 1 valid, 0 invalid, 0 skipped\n"));
}

#[test]
fn manifests_and_the_standard_input_are_checked() {
    let sandbox = Sandbox::new(&[("web.yaml", &WEB.replace("selector:", "selektor:"))]);
    assert_eq!(errors(&sandbox, &["web.yaml"]), ["missing-api-field spec.selector", "unknown-api-field spec.selektor"]);
    let mut command = sandbox.command(&["validate", "-"]);
    command.stdin(Stdio::from(std::fs::File::open(sandbox.path("web.yaml")).expect("it exists")));
    let run = sandbox.finish(command);
    run.assert_code(1);
    assert!(run.stdout.contains("--> <stdin>:5:3\n"), "{}", run.stdout);
}

#[test]
fn values_are_read_as_the_api_server_reads_them() {
    for (from, to, expected) in [
        ("spec:\n  sel", "spec:\n  replicas: null\n  sel", &[][..]),
        ("spec:\n  sel", "spec:\n  replicas: 2.0\n  sel", &[]),
        ("spec:\n  sel", "spec:\n  replicas: 2.5\n  sel", &["wrong-api-type spec.replicas"]),
        ("spec:\n  sel", "spec:\n  replicas: 3000000000\n  sel", &["invalid-format spec.replicas"]),
        ("spec:\n  sel", "spec:\n  replicas: {}\n  sel", &["wrong-api-type spec.replicas"]),
        ("spec:\n  sel", "spec:\n  Replicas: 2\n  sel", &["unknown-api-field spec.Replicas"]),
        ("{app: web}}\n    spec", "{app: 1}}\n    spec", &["wrong-api-type spec.template.metadata.labels[app]"]),
    ] {
        let sandbox = Sandbox::new(&[("web.yaml", &WEB.replace(from, to))]);
        let found = errors(&sandbox, &["web.yaml"]);
        assert!(expected.iter().all(|error| found.contains(&(*error).to_string())), "{to}: {found:?}");
        assert!(!expected.is_empty() || found.is_empty(), "{to}: {found:?}");
    }
}

#[test]
fn versions_of_kubernetes_are_told_apart() {
    let object = "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n\
        spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", object)]);
    let run = sandbox.run(&["validate", "--kubernetes-version", "1.25,v1.26.1"]);
    run.assert_code(1);
    assert_snapshot!(run.stdout + &run.stderr);
    sandbox.run(&["validate", "--kubernetes-version", "1.25"]).assert_code(0);
    sandbox.run(&["validate", "--kubernetes-version", "1.25", "--strict"]).assert_code(1);
    sandbox.run(&["validate", "--kubernetes-version", "1.99"]).assert_code(2);
    sandbox.write("boutique.toml", "[validate]\nkubernetes-version = [\"1.25\"]\n");
    sandbox.run(&["validate"]).assert_code(0);
    sandbox.write("boutique.toml", "[validate]\nkubernetes-version = [\"1.2\"]\n");
    sandbox.run(&["validate"]).assert_code(2);
}

#[test]
fn custom_resources_are_checked_against_their_definitions() {
    for valid in [
        "{size: 1}",
        "{size: 1, color: null, port: 1, note: null, free: {x: [1]}, labels: {a: b}}",
        "{size: 1, port: http, tags: [a, b], doors: [{name: a}, {name: b}], either: {a: x}}",
    ] {
        assert_eq!(errors_of_shop(valid), [""; 0], "{valid}");
    }
    for (invalid, expected) in [
        ("{}", "missing-api-field spec.size"),
        ("{size: 0}", "invalid-object spec.size"),
        ("{size: 1, color: rde}", "unsupported-value spec.color"),
        ("{size: 1, name: A}", "invalid-format spec.name"),
        ("{size: 1, name: aaaaaaa}", "invalid-object spec.name"),
        ("{size: 1, port: true}", "wrong-api-type spec.port"),
        ("{size: 1, tags: [a, a]}", "duplicate-element spec.tags[1]"),
        ("{size: 1, tags: [null]}", "wrong-api-type spec.tags[0]"),
        ("{size: 1, doors: [{name: a}, {name: a}]}", "duplicate-element spec.doors[1]"),
        ("{size: 1, labels: {a: 1}}", "wrong-api-type spec.labels[a]"),
        ("{size: 1, either: {}}", "invalid-object spec.either"),
        ("{size: 1, either: {a: x, b: x}}", "invalid-object spec.either"),
        ("{size: 1, colour: red}", "unknown-api-field spec.colour"),
    ] {
        assert_eq!(errors_of_shop(invalid), [expected], "{invalid}");
    }
}

#[test]
fn definitions_are_found_in_the_tree() {
    let shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {size: a}\n";
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", "resources: [shop.yaml]\n"),
        ("app/shop.yaml", shop),
        ("operators/shops.yaml", DEFINITION),
    ]);
    assert_eq!(errors(&sandbox, &["."]), ["wrong-api-type spec.size"]);
    // Elsewhere, nobody knows the kind.
    let run = sandbox.run(&["validate", "app"]);
    run.assert_code(0);
    assert!(run.stderr.contains("0 valid, 0 invalid, 1 skipped\nskipped objects of unknown kinds: 1 Shop"));
    assert_eq!(errors(&sandbox, &["--strict", "app"]), ["unknown-kind there is no schema for Shop (`example.com/v1`)"]);
    // A version that the definition does not serve.
    sandbox.write("app/shop.yaml", shop.replace("/v1", "/v2"));
    assert_eq!(errors(&sandbox, &["."])[0].split(' ').next(), Some("unavailable-api"));
}

#[test]
fn json_schemas_are_read_from_a_directory() {
    let shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {size: a, other: 1}\n";
    let schema = r#"{"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": ["integer", "null"]}}}}}"#;
    for path in ["example.com/shop_v1.json", "shop-example-v1.json"] {
        let sandbox = Sandbox::new(&[("shop.yaml", shop), (&format!("schemas/{path}"), schema)]);
        assert_eq!(errors(&sandbox, &["--schema-location", "schemas", "shop.yaml"]), ["wrong-api-type spec.size"]);
    }
}

#[test]
fn values_that_other_programs_replace_are_not_checked() {
    // Flux substitutes variables, and decrypts Secrets.
    let manifest = WEB
        .replace("spec:\n  sel", "spec:\n  replicas: ${REPLICAS}\n  sel")
        .replace("name: web}\n", "name: '${APP:-web}'}\n");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: 'ENC[AES256_GCM,data:x,type:str]'}\nsops: {mac: a}\n";
    let sandbox = Sandbox::new(&[("web.yaml", &manifest), ("secret.yaml", secret)]);
    assert_eq!(errors(&sandbox, &["web.yaml", "secret.yaml"]), [""; 0]);
    sandbox.write("web.yaml", manifest.replace("${REPLICAS}", "$REPLICAS"));
    assert_eq!(errors(&sandbox, &["web.yaml"]), ["wrong-api-type spec.replicas"]);
}

#[test]
fn render_and_lint_validate_on_request() {
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "resources: [web.yaml, shop.yaml, crd.yaml]\n"),
        ("web.yaml", &WEB.replace("spec:\n  sel", "spec:\n  replicas: a\n  sel")),
        ("shop.yaml", "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {size: a}\n"),
        ("crd.yaml", DEFINITION),
    ]);
    sandbox.run(&["render"]).assert_code(0);
    sandbox.run(&["lint"]).assert_code(0);
    for arguments in [&["render", "--validate"][..], &["render", "--all", "--validate"], &["lint", "--validate"]] {
        let run = sandbox.run(arguments);
        run.assert_code(1);
        let all = run.stdout + &run.stderr;
        assert!(all.contains("error[wrong-api-type]: spec.replicas: must be an integer, not a string"), "{all}");
        assert!(all.contains("error[wrong-api-type]: spec.size: must be an integer, not a string"), "{all}");
        assert!(!all.contains("kind: Deployment\nmetadata:"), "{all}");
    }
}

#[test]
fn comments_suppress_errors() {
    let manifest = WEB.replace("spec:\n  sel", "spec:\n  replicas: '2' # boutique: allow(wrong-api-type)\n  sel");
    let sandbox = Sandbox::new(&[("web.yaml", &manifest)]);
    sandbox.run(&["validate", "web.yaml"]).assert_code(0);
    sandbox.write("web.yaml", manifest.replace("# boutique", "# old"));
    sandbox.run(&["validate", "web.yaml"]).assert_code(1);
    sandbox.run(&["validate", "--allow", "wrong-api-type", "web.yaml"]).assert_code(0);
}

#[test]
fn reports_have_a_test_for_each_object() {
    let object = "apiVersion: v1\nkind: Service\nmetadata: {name: a<b}\nspec: {ports: [{port: '1'}]}\n---\napiVersion: example.com/v1\n\
        kind: Shop\nmetadata: {name: a}\n";
    let sandbox = Sandbox::new(&[("a.yaml", &format!("{object}---\n{WEB}"))]);
    let junit = sandbox.run(&["validate", "--format", "junit", "a.yaml"]).stdout;
    roxmltree::Document::parse(&junit).expect("it is XML");
    assert_snapshot!(junit + &sandbox.run(&["validate", "--format", "tap", "a.yaml"]).stdout);
}

#[test]
fn hostile_definitions_are_bounded() {
    let deep = format!("{}{{}}{}", "{type: object, properties: {a: ".repeat(60), "}}".repeat(60));
    let long = "a".repeat(20_000);
    for (schema, spec) in [
        (deep.as_str(), "{}"),
        ("{type: string, pattern: '((a{1,1000}){1,1000}){1,1000}'}", "aaaa"),
        (&format!("{{type: string, pattern: '{long}'}}"), "aaaa"),
        ("{type: string, pattern: '(a+)+$'}", &format!("{}b", "a".repeat(5000))),
        ("{$ref: '#'}", "{a: {}}"),
        ("[]", "{}"),
        ("{type: 5, enum: {}, items: [], required: a, properties: [], allOf: {}}", "{}"),
    ] {
        let definition = DEFINITION.split("          spec:\n").next().expect("it has one").to_string();
        let definition = format!("{definition}          spec: {schema}\n");
        let shop = format!("apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n");
        let sandbox = Sandbox::new(&[("shop.yaml", &shop), ("crd.yaml", &definition)]);
        let run = sandbox.run(&["validate", "--crds", "crd.yaml", "shop.yaml"]);
        assert!(run.code <= 1, "{}", run.stderr);
    }
}

#[test]
fn values_of_secrets_are_not_shown() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: aHVudGVyMg=}\nstringData: {other: [hunter2]}\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", secret)]);
    for format in ["text", "json", "github", "sarif", "junit", "tap"] {
        let run = sandbox.run(&["validate", "--format", format]);
        run.assert_code(1);
        let all = run.stdout + &run.stderr;
        assert!(!all.contains("aHVudGVyMg") && !all.contains("hunter2"), "{all}");
    }
}

#[test]
fn the_gitops_tree_is_valid_for_all_versions() {
    let root = env!("CARGO_MANIFEST_DIR");
    let versions: Vec<String> = (25..=37).map(|minor| format!("1.{minor}")).collect();
    let definitions = format!("{root}/tests/crds");
    let sandbox = Sandbox::new(&[]);
    let mut arguments = vec!["validate", "--strict", "--crds", &definitions, "--kubernetes-version"];
    let (versions, directories) = (versions.join(","), ["base", "overlays", "app-config", "cluster-resources"]);
    let directories = directories.map(|directory| format!("{root}/{directory}"));
    arguments.push(&versions);
    arguments.extend(directories.iter().map(String::as_str));
    let run = sandbox.run(&arguments);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains(" 0 invalid, 0 skipped"), "{}", run.stderr);
}

#[test]
fn custom_resources_of_other_projects_are_checked() {
    let root = env!("CARGO_MANIFEST_DIR");
    let definitions = format!("{root}/tests/crds");
    let sandbox = Sandbox::new(&[(
        "all.yaml",
        "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  http:
  - match: [{uri: {exact: /a, prefix: /b}}]
    route: [{destination: {port: {number: -1}}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: key}
spec:
  target: {creationPolicy: Own}
  data: [{secretKey: a b, remoteRef: {kye: x}}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec:
  endpoints: [{port: 80, interval: fast}]
",
    )]);
    let found = errors(&sandbox, &["--crds", &definitions, "all.yaml"]);
    assert_snapshot!(found.join("\n"));
}

#[test]
fn the_configuration_names_definitions() {
    let shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {size: 10}\n";
    let sandbox = Sandbox::new(&[
        ("tree/kustomization.yaml", "resources: [shop.yaml]\n"),
        ("tree/shop.yaml", shop),
        ("vendor/shops.yaml", DEFINITION),
        ("outside.yaml", DEFINITION),
        ("boutique.toml", "[validate]\ncrds = [\"vendor\"]\n"),
    ]);
    assert_eq!(errors(&sandbox, &["tree"]), ["invalid-object spec.size"]);
    sandbox.write("boutique.toml", "[validate]\ncrds = [\"../outside.yaml\"]\n");
    let run = sandbox.run(&["validate", "tree"]);
    run.assert_code(2);
    assert!(run.stderr.contains("is not below the directory of this file"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn definitions_of_a_configuration_do_not_lead_out() {
    let sandbox = Sandbox::new(&[
        ("tree/kustomization.yaml", "namePrefix: a-\n"),
        ("tree/boutique.toml", "[validate]\ncrds = [\"link\"]\n"),
        ("crds/shops.yaml", DEFINITION),
    ]);
    std::os::unix::fs::symlink("../crds", sandbox.path("tree/link")).expect("the sandbox is writable");
    let run = sandbox.run(&["validate", "tree"]);
    assert!(run.code != 0 && run.stderr.contains("leads out of the directory"), "{}", run.stderr);
}
