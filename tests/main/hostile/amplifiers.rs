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
    ("components-repeat", components_repeat),
    ("configurations-repeat", configurations_repeat),
    ("deep-copies", deep_copies),
    ("deep-paths", deep_paths),
    ("generated-envs", generated_envs),
    ("generated-files", generated_files),
    ("image-patterns", image_patterns),
    ("json-copies", json_copies),
    ("json-patches", json_patches),
    ("labels", labels),
    ("merges-of-aliases", merges_of_aliases),
    ("name-references", name_references),
    ("prefixes", prefixes),
    ("replacements-repeat", replacements_repeat),
    ("selector-patterns", selector_patterns),
    ("text-aliases", text_aliases),
    ("unmatched-patches", unmatched_patches),
    ("validators", validators),
];

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

/// A text that takes long to match, and does not match.
fn letters(count: usize) -> String {
    repeat(count, |at| if at * at % 7 < 3 { "a".to_string() } else { "b".to_string() })
}

fn components_repeat(scale: f64) -> Files {
    let components = "c,".repeat(times(20_000, scale));
    let component = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnamePrefix: p-\n";
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\ncomponents: [{components}]\n")),
        ("c/kustomization.yaml", component.to_string()),
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
    let patches = "- {path: p.yaml}\n".repeat(times(3000, scale));
    files(&[
        ("kustomization.yaml", format!("resources: [r.yaml]\npatches:\n{patches}")),
        ("p.yaml", aliases(scale)),
        ("r.yaml", MAP.to_string()),
    ])
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
