//! Small trees that cost much: each repeats something cheap to write. At scale 1, they have less than about 100 kB.
//!
//! The suite uses them at a small scale, because a debug build is slow. `.ci/matrix` measures them at scale 1, with
//! `examples/amplifiers.rs`.

use std::fmt::Write as _;

/// The files of a tree, by their names below the target `a`.
pub type Files = Vec<(String, String)>;

/// Makes a tree of this scale.
pub type Amplifier = fn(f64) -> Files;

pub const AMPLIFIERS: &[(&str, Amplifier)] = &[
    ("chain-of-bases", chain_of_bases),
    ("chain-of-patches", chain_of_patches),
    ("components-repeat", components_repeat),
    ("components-with-generators", components_with_generators),
    ("components-with-patches", components_with_patches),
    ("configurations-repeat", configurations_repeat),
    ("deep-copies", deep_copies),
    ("deep-merges", deep_merges),
    ("deep-paths", deep_paths),
    ("field-specs-of-labels", field_specs_of_labels),
    ("generated-envs", generated_envs),
    ("generated-files", generated_files),
    ("generator-options", generator_options),
    ("image-patterns", image_patterns),
    ("json-copies", json_copies),
    ("json-patches", json_patches),
    ("json-patches-of-aliases", json_patches_of_aliases),
    ("json-patches-of-annotations", json_patches_of_annotations),
    ("labels", labels),
    ("labels-of-aliases", labels_of_aliases),
    ("merges-of-aliases", merges_of_aliases),
    ("merges-of-lists", merges_of_lists),
    ("name-references", name_references),
    ("nulls-of-wide-merges", nulls_of_wide_merges),
    ("patches-of-values", patches_of_values),
    ("prefixes", prefixes),
    ("replacements-repeat", replacements_repeat),
    ("selector-patterns", selector_patterns),
    ("selectors-of-labels", selectors_of_labels),
    ("text-aliases", text_aliases),
    ("unmatched-patches", unmatched_patches),
    ("validators", validators),
    ("variables-in-aliases", variables_in_aliases),
];

const COMPONENT: &str = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";

fn times(count: usize, scale: f64) -> usize {
    ((count as f64 * scale) as usize).max(2)
}

fn repeat(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect()
}

fn files(entries: &[(&str, String)]) -> Files {
    entries.iter().map(|(name, text)| (name.to_string(), text.clone())).collect()
}

fn maps(count: usize) -> String {
    repeat(count, |at| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{at}}}\n"))
}

/// A manifest whose aliases stand for about a million nodes at scale 1.
fn aliases(scale: f64) -> String {
    let levels = 5 - usize::from(scale < 0.5) - usize::from(scale < 0.05);
    let mut text = format!("{MAP}a0: &a0 [{}]\n", "v,".repeat(10));
    for level in 1..levels {
        let _ = writeln!(text, "a{level}: &a{level} [{}]", format!("*a{},", level - 1).repeat(10));
    }
    let _ = writeln!(text, "top: [{}]", format!("*a{},", levels - 1).repeat(8));
    text
}

/// A manifest, and a patch that is listed many times.
fn merges(scale: f64, count: usize, manifest: String, patch: String) -> Files {
    let patches = "- {path: p.yaml}\n".repeat(times(count, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{patches}")),
        ("p.yaml", patch),
        ("r.yaml", manifest),
    ])
}

/// A text that takes long to match, and does not match.
fn letters(count: usize) -> String {
    repeat(count, |at| if at * at % 7 < 3 { "a".to_string() } else { "b".to_string() })
}

fn components_repeat(scale: f64) -> Files {
    let components = "c,".repeat(times(20_000, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\ncomponents: [{components}]\n")),
        ("c/kustomization.yaml", format!("{COMPONENT}namePrefix: p-\n")),
        ("r.yaml", maps(times(300, scale))),
    ])
}

fn configurations_repeat(scale: f64) -> Files {
    let repeated = "c.yaml,".repeat(times(9000, scale));
    let fields = repeat(times(1500, scale), |at| format!("  - {{path: ref{at}}}\n"));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\nconfigurations: [{repeated}]\n")),
        ("c.yaml", format!("nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n{fields}")),
        ("r.yaml", MAP.to_string()),
    ])
}

fn deep_copies(scale: f64) -> Files {
    let mut patch = String::new();
    let mut depth = 180;
    while depth < times(50_000, scale.max(0.5)) {
        let _ = writeln!(patch, "- {{op: copy, from: /d, path: /d{}}}", "/a".repeat(depth));
        depth *= 2;
    }
    files(&[
        ("kustomization.yaml", "resources: [r.yaml]\npatches: [{target: {name: x}, path: p.yaml}]\n".to_string()),
        ("p.yaml", patch),
        ("r.yaml", format!("{MAP}d: {}x{}\n", "{a: ".repeat(180), "}".repeat(180))),
    ])
}

fn deep_paths(_: f64) -> Files {
    let path = "a.".repeat(30_000);
    let target = format!("{{select: {{kind: ConfigMap}}, fieldPaths: [{path}a], options: {{create: true}}}}");
    files(&[
        (
            "kustomization.yaml",
            format!("resources: [r.yaml]\nreplacements: [{{sourceValue: q, targets: [{target}]}}]\n"),
        ),
        ("r.yaml", MAP.to_string()),
    ])
}

fn generated_envs(scale: f64) -> Files {
    let generators = repeat(times(1300, scale), |at| format!("- {{name: g{at}, envs: [f.env]}}\n"));
    files(&[
        ("kustomization.yaml", format!("configMapGenerator:\n{generators}")),
        ("f.env", repeat(times(7000, scale), |at| format!("k{at}=\n"))),
    ])
}

fn generated_files(scale: f64) -> Files {
    let generators = repeat(times(1300, scale), |at| format!("- {{name: g{at}, files: [f.txt]}}\n"));
    files(&[
        ("kustomization.yaml", format!("configMapGenerator:\n{generators}")),
        ("f.txt", "x\n".repeat(times(25_000, scale))),
    ])
}

fn image_patterns(scale: f64) -> Files {
    let images = repeat(times(1000, scale), |at| format!("- {{name: '[ab]*a[ab]{{500}}c{at}', newTag: x}}\n"));
    let image = letters(times(20_000, scale));
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a, image: {image}}}]}}\n"
    );
    files(&[("kustomization.yaml", format!("resources: [r.yaml]\nimages:\n{images}")), ("r.yaml", pod)])
}

fn json_copies(scale: f64) -> Files {
    let copy = "- {op: copy, from: /top, path: /t2}\n- {op: remove, path: /t2}\n";
    files(&[
        (
            "kustomization.yaml",
            "resources: [r.yaml]\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n".to_string(),
        ),
        ("p.yaml", copy.repeat(times(1000, scale))),
        ("r.yaml", aliases(scale)),
    ])
}

fn json_patches(scale: f64) -> Files {
    let patches = "- {target: {kind: ConfigMap}, path: p.yaml}\n".repeat(times(1500, scale));
    files(&[
        (
            "kustomization.yaml",
            format!(
                "buildMetadata: [originAnnotations, transformerAnnotations]\nresources: [r.yaml]\npatches:\n{patches}"
            ),
        ),
        ("p.yaml", "- {op: add, path: /a, value: v}\n".to_string()),
        ("r.yaml", maps(times(700, scale))),
    ])
}

fn labels(scale: f64) -> Files {
    let labels = repeat(times(3000, scale), |at| format!("  k{at}: v\n"));
    let deployments = repeat(times(600, scale), |at| {
        format!("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x{at}}}\n")
    });
    files(&[("kustomization.yaml", format!("resources: [r.yaml]\ncommonLabels:\n{labels}")), ("r.yaml", deployments)])
}

fn merges_of_aliases(scale: f64) -> Files {
    merges(scale, 3000, MAP.to_string(), aliases(scale))
}

fn name_references(scale: f64) -> Files {
    let kinds = repeat(times(1500, scale), |at| format!("- {{kind: K{at}, fieldSpecs: [{{path: l/name}}]}}\n"));
    let elements = "*a,".repeat(times(9000, scale));
    files(&[
        ("kustomization.yaml", "namePrefix: p-\nresources: [r.yaml]\nconfigurations: [c.yaml]\n".to_string()),
        ("c.yaml", format!("nameReference:\n{kinds}")),
        ("r.yaml", format!("{MAP}l: [&a {{name: zz}},{elements}]\n")),
    ])
}

fn prefixes(scale: f64) -> Files {
    let count = times(900, scale);
    let base = |at: usize| if at == 0 { String::new() } else { format!("b{at}/") };
    let bases = (0..count).map(|at| {
        let inner = if at == 0 { "b1".to_string() } else { format!("../b{}", at + 1) };
        (format!("{}kustomization.yaml", base(at)), format!("namePrefix: p{at}-\nresources: [{inner}]\n"))
    });
    let mut files: Files = bases.collect();
    files.push((format!("b{count}/kustomization.yaml"), "resources: [r.yaml]\n".to_string()));
    files.push((format!("b{count}/r.yaml"), maps(times(250, scale))));
    files
}

fn replacements_repeat(scale: f64) -> Files {
    let replacement = "- {sourceValue: z, targets: [{select: {kind: ConfigMap}, fieldPaths: [z]}]}\n";
    let repeated = "- {path: rp.yaml}\n".repeat(times(3000, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\nreplacements:\n{repeated}")),
        ("rp.yaml", replacement.repeat(times(400, scale))),
        ("r.yaml", format!("{MAP}z: '1'\n")),
    ])
}

fn selector_patterns(scale: f64) -> Files {
    let patch = "- {target: {name: '[ab]*a([ab]{1000}){15}c'}, path: p.yaml}\n";
    let name = letters(times(49_000, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{}", patch.repeat(times(560, scale)))),
        ("p.yaml", "- {op: add, path: /a, value: v}\n".to_string()),
        ("r.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")),
    ])
}

fn text_aliases(scale: f64) -> Files {
    let text = "y\\n".repeat(times(16_000, scale));
    let ten = |name: &str| format!("*{name},").repeat(10);
    let aliases = format!("e0: &e0 [{}]\ne1: &e1 [{}]\ne2: [{}]\n", ten("t"), ten("e0"), ten("e1"));
    files(&[
        ("kustomization.yaml", "resources: [r.yaml]\n".to_string()),
        ("r.yaml", format!("{MAP}d: &t \"{text}\"\n{aliases}")),
    ])
}

fn unmatched_patches(scale: f64) -> Files {
    let patches = "- {path: p.yaml, target: {kind: Foo}}\n".repeat(times(2500, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{patches}")),
        ("p.yaml", aliases(scale)),
        ("r.yaml", MAP.to_string()),
    ])
}

fn validators(scale: f64) -> Files {
    let validators = repeat(times(1100, scale), |at| {
        format!("- |-\n  {{apiVersion: builtin, kind: LabelTransformer, metadata: {{name: x{at}}}}}\n")
    });
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\nvalidators:\n{validators}")),
        ("r.yaml", aliases(scale)),
    ])
}

fn chain_of_bases(scale: f64) -> Files {
    let count = times(999, scale);
    let base = |at| match at {
        0 => "resources: [b1]\n".to_string(),
        at if at < count => format!("resources: [../b{}]\n", at + 1),
        _ => "namePrefix: p-\n".to_string(),
    };
    let name = |at| if at == 0 { "kustomization.yaml".to_string() } else { format!("b{at}/kustomization.yaml") };
    (0..=count).map(|at| (name(at), base(at))).collect()
}

fn json_patches_of_annotations(scale: f64) -> Files {
    let annotations = repeat(times(3000, scale), |at| format!("a{at}: v, "));
    let patches = "- {target: {kind: ConfigMap}, path: p.yaml}\n".repeat(times(1000, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{patches}")),
        ("p.yaml", "- {op: add, path: /a, value: v}\n".to_string()),
        ("r.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, annotations: {{{annotations}}}}}\n")),
    ])
}

fn variables_in_aliases(scale: f64) -> Files {
    let text = "$(W) ".repeat(times(10_000, scale));
    let elements = "*a, ".repeat(times(9000, scale));
    files(&[
        (
            "kustomization.yaml",
            "resources: [r.yaml]\nconfigurations: [c.yaml]\nvars:\n- {name: V, objref: {kind: ConfigMap, name: x, \
             apiVersion: v1}}\n"
                .to_string(),
        ),
        ("c.yaml", "varReference: [{path: l/x, kind: ConfigMap}]\n".to_string()),
        ("r.yaml", format!("{MAP}t: &t \"{text}\"\nl: [&a {{x: *t}}, {elements}]\n")),
    ])
}

fn chain_of_patches(scale: f64) -> Files {
    let count = times(500, scale);
    let mut files = files(&[
        ("kustomization.yaml", "resources: [b0]\n".to_string()),
        (&format!("b{count}/kustomization.yaml"), "resources: [r.yaml]\n".to_string()),
        (&format!("b{count}/r.yaml"), maps(times(300, scale))),
    ]);
    for at in 0..count {
        let patches = "patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n";
        files.push((format!("b{at}/kustomization.yaml"), format!("resources: [../b{}]\n{patches}", at + 1)));
        files.push((format!("b{at}/p.yaml"), format!("{MAP}a{at}: b\n")));
    }
    files
}

fn components_with_generators(scale: f64) -> Files {
    let components = "c,".repeat(times(5000, scale));
    let generator = "configMapGenerator: [{name: x, behavior: merge, envs: [f.env]}]\n";
    files(&[
        (
            "kustomization.yaml",
            format!("configMapGenerator: [{{name: x, literals: [a=b]}}]\ncomponents: [{components}]\n"),
        ),
        ("c/kustomization.yaml", format!("{COMPONENT}{generator}")),
        ("c/f.env", repeat(times(5000, scale), |at| format!("k{at}=\n"))),
    ])
}

fn components_with_patches(scale: f64) -> Files {
    let components = "c,".repeat(times(3000, scale));
    let patches = "- {path: p.yaml, target: {kind: ConfigMap}}\n".repeat(times(300, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\ncomponents: [{components}]\n")),
        ("c/kustomization.yaml", format!("{COMPONENT}patches:\n{patches}")),
        ("c/p.yaml", format!("{MAP}d: {{a: b}}\n")),
        ("r.yaml", maps(times(100, scale))),
    ])
}

fn deep_merges(scale: f64) -> Files {
    let depth = times(4000, scale);
    let text = format!("{MAP}d: {}x{}\n", "{a: ".repeat(depth), "}".repeat(depth));
    merges(scale, 3000, text.clone(), text)
}

fn field_specs_of_labels(scale: f64) -> Files {
    let fields = repeat(times(100, scale), |at| format!("{{path: a{at}/b, create: true}}, "));
    let pairs = repeat(times(100, scale), |at| format!("k{at}: v, "));
    let again = "- {pairs: *p, fields: *f}\n".repeat(times(800, scale));
    let labels = format!("labels:\n- {{pairs: &p {{{pairs}}}, fields: &f [{fields}]}}\n{again}");
    files(&[("kustomization.yaml", format!("resources: [r.yaml]\n{labels}")), ("r.yaml", maps(times(100, scale)))])
}

fn generator_options(scale: f64) -> Files {
    let generators = repeat(times(1500, scale), |at| format!("- {{name: g{at}}}\n"));
    let pairs = repeat(times(2500, scale), |at| format!("k{at}: v, "));
    let options = format!("generatorOptions: {{labels: &p {{{pairs}}}, annotations: *p}}\n");
    files(&[("kustomization.yaml", format!("configMapGenerator:\n{generators}{options}"))])
}

fn json_patches_of_aliases(scale: f64) -> Files {
    let patches = ", *p".repeat(times(20_000, scale));
    files(&[
        (
            "kustomization.yaml",
            format!("resources: [r.yaml]\npatches: [&p {{path: p.yaml, target: {{kind: ConfigMap}}}}{patches}]\n"),
        ),
        ("p.yaml", "- {op: add, path: /a, value: v}\n".to_string()),
        ("r.yaml", maps(times(300, scale))),
    ])
}

fn labels_of_aliases(scale: f64) -> Files {
    let pairs = repeat(times(500, scale), |at| format!("k{at}: v, "));
    let elements = "*a, ".repeat(times(9000, scale));
    files(&[
        (
            "kustomization.yaml",
            format!("resources: [r.yaml]\nlabels: [{{pairs: {{{pairs}}}, fields: [{{path: l/m, create: true}}]}}]\n"),
        ),
        ("r.yaml", format!("{MAP}l: [&a {{n: v}}, {elements}]\n")),
    ])
}

fn merges_of_lists(scale: f64) -> Files {
    let deployment = |prefix: &str| {
        let containers = repeat(times(4000, scale), |at| format!("{{name: {prefix}{at}}}, "));
        let spec = format!("spec: {{template: {{spec: {{containers: [{containers}]}}}}}}\n");
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\n{spec}")
    };
    merges(scale, 500, deployment("c"), deployment("d"))
}

fn nulls_of_wide_merges(scale: f64) -> Files {
    let wide = |value: &str| {
        let fields = repeat(times(4000, scale), |at| format!("k{at}: {value}, "));
        format!("{MAP}d: {{{fields}}}\n")
    };
    merges(scale, 2000, wide("v"), wide("~"))
}

fn patches_of_values(scale: f64) -> Files {
    let value = aliases(scale * 0.1).lines().skip(3).collect::<Vec<_>>().join(", ");
    files(&[
        (
            "kustomization.yaml",
            "resources: [r.yaml]\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n".to_string(),
        ),
        ("p.yaml", format!("- {{op: add, path: /a, value: {{{value}}}}}\n")),
        ("r.yaml", maps(times(300, scale))),
    ])
}

fn selectors_of_labels(scale: f64) -> Files {
    let values = repeat(times(3000, scale), |at| format!("v{at}, "));
    let patches = "- *p\n".repeat(times(4000, scale));
    let first = format!("- &p {{target: {{labelSelector: 'a in ({values}w)'}}, path: p.yaml}}\n");
    let map = |at| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{at}, labels: {{a: w}}}}\n");
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{first}{patches}")),
        ("p.yaml", "- {op: add, path: /a, value: v}\n".to_string()),
        ("r.yaml", repeat(times(300, scale), map)),
    ])
}
