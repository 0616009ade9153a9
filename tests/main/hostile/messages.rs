//! Messages: secrets and control characters.

use crate::sandbox::Sandbox;

#[test]
fn messages_do_not_show_secrets() {
    let kustomizations = [
        "secretGenerator:\n- name: a\n  literals:\n  - hunter2\n",
        "secretGenerator: [{name: a, literals: [hunter2]}]\n",
        "secretGenerator:\n- name: a\n  literals: [a=hunter2, a=hunter2]\n",
        "secretGenerator:\n- name: a\n  literals:\n  - k=hunter2\n  - k=hunter2\n",
        "secretGenerator:\n- name: a\n  literals: {k: hunter2}\n",
    ];
    for kustomization in kustomizations {
        let message = Sandbox::new(&[("kustomization.yaml", kustomization)]).run(&["render"]).fails();
        assert!(!message.contains("hunter2") && message.contains("***"), "{message}");
    }
    let start = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    for rest in ["stringData:\n  k: [hunter2\n", "data: {k: hunter2, }}\n", "stringData:\n  k: @hunter2\n"] {
        for format in ["text", "json", "github", "sarif"] {
            let sandbox = Sandbox::with_manifest(format!("{start}{rest}"));
            let run = sandbox.run(&["render", "--message-format", format]);
            assert!(run.code == 1 && !run.stderr.contains("hunter2"), "{}", run.stderr);
        }
    }
}

#[test]
fn messages_escape_control_characters() {
    let hidden = ["\u{1b}[2J", "\u{202e}", "\u{2066}", "\u{9b}", "\u{7}"];
    for character in hidden {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: [\"x{character}y\"]\n"))]);
        let run = sandbox.run(&["render"]);
        assert!(run.code == 1 && !run.stderr.contains(character), "{:?}", run.stderr);
    }
}
