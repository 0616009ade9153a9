//! Benchmarks of parsing and writing YAML: `cargo bench --bench yaml`.
//!
//! The inputs are generated: workloads in one stream of documents, a schema like that of a large
//! CustomResourceDefinition, and a ConfigMap with a long value.

use std::fmt::Write as _;
use std::sync::Arc;

use boutique::internals;
use boutique::yaml::Tree;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const TEXTS: [&str; 3] = ["workloads", "schema", "config"];

#[divan::bench(args = TEXTS)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(text.as_str())).bench(|| read(black_box(&text)));
}

#[divan::bench(args = TEXTS)]
fn parse_and_write(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(text.as_str())).bench(|| {
        let mut out = String::with_capacity(text.len() * 2);
        for tree in read(black_box(&text)) {
            internals::write(&tree, &mut out).expect("the texts can be written");
        }
        out
    });
}

fn read(text: &Arc<String>) -> Vec<Tree> {
    internals::parse_stream(text).expect("the texts are YAML")
}

fn text(name: &str) -> Arc<String> {
    match name {
        "workloads" => workloads(1000),
        "schema" => schema(100),
        _ => config(20_000),
    }
    .into()
}

fn workloads(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        writeln!(
            text,
            r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-{i:05}
  labels:
    app: shop-{i:05}
    tier: backend
  annotations:
    example.com/owner: 'team-{i}'   # who to call
    example.com/notes: "ratio 1:3, 100% \"quoted\""
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: shop-{i:05}
  strategy:
    rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata:
      labels:
        app: shop-{i:05}
        tier: backend
    spec:
      serviceAccountName: shop-{i:05}
      containers:
      - name: server
        image: registry.example.com/shop/server:v1.{i}.0
        command: [/bin/server, --listen, ":8080"]
        env:
        - name: LOG_LEVEL
          value: info
        - name: DATABASE_PORT
          value: "5432"
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            path: /healthz
            port: http
          initialDelaySeconds: 5
        resources:
          requests:
            cpu: 100m
            memory: 64Mi
          limits:
            memory: 128Mi
---
apiVersion: v1
kind: Service
metadata:
  name: shop-{i:05}
spec:
  selector:
    app: shop-{i:05}
  ports:
  - name: http
    port: 80
    targetPort: 8080
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-{i:05}
data:
  enabled: "true"
  application.properties: |
    server.port = 8080
    server.name = shop-{i:05}
    cache.seconds = {i}
---"#,
            replicas = i % 7,
        )
        .expect("strings can be written to");
    }
    text
}

fn schema(fields: usize) -> String {
    let mut text = "openAPIV3Schema:\n  type: object\n  properties:\n".to_string();
    for i in 0..fields {
        writeln!(
            text,
            r#"    part{i}:
      type: object
      required: [name, size]
      description: Part {i} of the whole, which is described at some length, as is the custom where
        schemas are generated from the comments of a program. It spans several lines of
        plain text.
      properties:
        name:
          description: "The name of the part: unique among its siblings."
          type: string
          maxLength: 63
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
        size:
          description: |-
            How large it is.
            In bytes, or with a unit.
          anyOf:
          - type: integer
          - type: string
          x-kubernetes-int-or-string: true
        mode:
          type: string
          default: Always
          enum:
          - Always
          - 'Never'
          - IfNotPresent"#
        )
        .expect("strings can be written to");
    }
    text
}

fn config(lines: usize) -> String {
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  long.conf: |\n".to_string();
    for i in 0..lines {
        writeln!(text, "    {i:08} option = olive amber grove sable kite violet amber zephyr")
            .expect("strings can be written to");
    }
    text
}
