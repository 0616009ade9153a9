//! Rules for the volumes of a pod.

use std::collections::{HashMap, HashSet};

use super::super::object::Field;
use super::super::report::Report;
use super::environment::{container_resource, object_field};
use super::values::{
    exactly_one, file_mode, require, require_items, require_name, require_text, set_choice, set_range,
};
use super::{claims, labels, metadata, names, quantity};
use crate::diagnostic::Code;

/// The rules of a source of volumes.
type Rules = fn(&Field<'_>, &mut Report);

/// The sources of volumes with the texts that they require, and their further rules.
pub const SOURCES: &[(&str, &[&str], Rules)] = &[
    ("awsElasticBlockStore", &["volumeID"], partition),
    ("azureDisk", &["diskName", "diskURI"], azure_disk),
    ("azureFile", &["secretName", "shareName"], nothing),
    ("cephfs", &[], cephfs),
    ("cinder", &["volumeID"], nothing),
    ("configMap", &["name"], configured),
    ("csi", &[], csi),
    ("downwardAPI", &[], downward),
    ("emptyDir", &[], empty_directory),
    ("ephemeral", &[], ephemeral),
    ("fc", &[], fibre_channel),
    ("flexVolume", &["driver"], nothing),
    ("flocker", &[], nothing),
    ("gcePersistentDisk", &["pdName"], partition),
    ("gitRepo", &["repository"], git),
    ("glusterfs", &["endpoints", "path"], nothing),
    ("hostPath", &["path"], host_path),
    ("image", &["reference"], image),
    ("iscsi", &["targetPortal", "iqn"], iscsi),
    ("local", &["path"], nothing),
    ("nfs", &["server", "path"], nfs),
    ("persistentVolumeClaim", &["claimName"], nothing),
    ("photonPersistentDisk", &["pdID"], nothing),
    ("portworxVolume", &["volumeID"], nothing),
    ("projected", &[], projected),
    ("quobyte", &["registry", "volume"], nothing),
    ("rbd", &["image"], rbd),
    ("scaleIO", &["gateway", "system", "volumeName"], nothing),
    ("secret", &["secretName"], configured),
    ("storageos", &["volumeName"], nothing),
    ("vsphereVolume", &["volumePath"], nothing),
];

const FIELDS_OF_FILES: &[&str] =
    &["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];
const PROJECTIONS: &[&str] =
    &["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
const TOO_MANY: &str = "may not specify more than 1 volume type";

/// The volumes of a pod, by name: whether they are claims.
#[derive(Debug, Default)]
pub struct Known(HashMap<String, bool>);

impl Known {
    /// Adds the volumes of the templates of claims.
    pub fn add_claims(&mut self, names: &HashSet<String>) {
        self.0.extend(names.iter().map(|name| (name.clone(), true)));
    }

    /// Returns whether there is a volume.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns whether a volume is a claim, which may be a block device.
    pub fn is_claim(&self, name: &str) -> bool {
        self.0.get(name).copied().unwrap_or_default()
    }
}

/// Checks volumes. Returns their names.
pub fn check(volumes: &Field<'_>, report: &mut Report) -> Known {
    let mut known = Known::default();
    for volume in volumes.elements() {
        let name = volume.at("name");
        require_name(&name, report, names::dns_label);
        source(&volume, report);
        if let Some(text) = name.nonempty_text() {
            let is_claim = volume.at("persistentVolumeClaim").is_set() || volume.at("ephemeral").is_set();
            if known.0.insert(text.to_string(), is_claim).is_some() {
                name.duplicate(report, &text);
            }
        }
    }
    known
}

/// Checks the source of a volume. Without one, a volume is an empty directory. Returns the number of sources.
pub fn source(volume: &Field<'_>, report: &mut Report) -> usize {
    let mut count = 0;
    for (name, texts, rules) in SOURCES {
        let source = volume.at(name);
        if !source.is_set() {
            continue;
        }
        count += 1;
        if count > 1 {
            source.invalid(report, TOO_MANY);
            continue;
        }
        texts.iter().for_each(|text| require_text(&source.at(text), report));
        rules(&source, report);
    }
    count
}

fn nothing(_: &Field<'_>, _: &mut Report) {}

fn partition(source: &Field<'_>, report: &mut Report) {
    set_range(&source.at("partition"), report, 0..=255);
}

fn azure_disk(source: &Field<'_>, report: &mut Report) {
    set_choice(&source.at("cachingMode"), report, &["None", "ReadOnly", "ReadWrite"]);
    set_choice(&source.at("kind"), report, &["Dedicated", "Managed", "Shared"]);
}

fn cephfs(source: &Field<'_>, report: &mut Report) {
    require_items(&source.at("monitors"), report, "");
}

fn rbd(source: &Field<'_>, report: &mut Report) {
    require_items(&source.at("monitors"), report, "");
}

fn configured(source: &Field<'_>, report: &mut Report) {
    file_mode(&source.at("defaultMode"), report);
    items(&source.at("items"), report);
}

fn items(items: &Field<'_>, report: &mut Report) {
    for item in items.elements() {
        require_text(&item.at("key"), report);
        file(&item, report);
    }
}

fn file(file: &Field<'_>, report: &mut Report) {
    let path = file.at("path");
    require_text(&path, report);
    if let Some(fault) = path.nonempty_text().and_then(|text| names::volume_file(&text)) {
        path.invalid(report, fault);
    }
    file_mode(&file.at("mode"), report);
}

fn csi(source: &Field<'_>, report: &mut Report) {
    require_name(&source.at("driver"), report, names::csi_driver);
    let secret = source.at("nodePublishSecretRef");
    if secret.is_set() {
        require_name(&secret.at("name"), report, names::dns_subdomain);
    }
}

fn downward(source: &Field<'_>, report: &mut Report) {
    file_mode(&source.at("defaultMode"), report);
    downward_files(&source.at("items"), report);
}

fn downward_files(files: &Field<'_>, report: &mut Report) {
    for item in files.elements() {
        file(&item, report);
        let missing = "one of fieldRef and resourceFieldRef is required";
        let too_many = "fieldRef and resourceFieldRef can not be specified simultaneously";
        exactly_one(&item, report, &["fieldRef", "resourceFieldRef"], missing, too_many);
        object_field(&item.at("fieldRef"), FIELDS_OF_FILES, report);
        container_resource(&item.at("resourceFieldRef"), true, report);
    }
}

fn empty_directory(source: &Field<'_>, report: &mut Report) {
    let limit = source.at("sizeLimit");
    if limit.written().and_then(|text| quantity::parse(&text)).is_some_and(|value| value < 0) {
        limit.invalid(report, "SizeLimit field must be a valid resource quantity");
    }
}

fn ephemeral(source: &Field<'_>, report: &mut Report) {
    let template = source.at("volumeClaimTemplate");
    require(&template, report);
    if template.is_set() {
        let metadata_field = template.at("metadata");
        labels::check(&metadata_field.at("labels"), report);
        metadata::annotations(&metadata_field.at("annotations"), report);
        for (name, key, value) in metadata_field.entries() {
            if !matches!(name, "labels" | "annotations" | "creationTimestamp") && value.is_set() && !value.is("") {
                value.key_error(report, key, Code::InvalidObject, "cannot be set");
            }
        }
        claims::claim_spec(&template.at("spec"), report);
    }
}

fn fibre_channel(source: &Field<'_>, report: &mut Report) {
    let (targets, ids, unit) = (source.at("targetWWNs"), source.at("wwids"), source.at("lun"));
    if targets.is_empty() && ids.is_empty() {
        targets.missing(report, "must specify either targetWWNs or wwids, but not both");
    }
    if !targets.is_empty() && !ids.is_empty() {
        targets.invalid(report, "targetWWNs and wwids can not be specified simultaneously");
    }
    if !targets.is_empty() {
        if !unit.is_set() {
            unit.missing(report, "lun is required if targetWWNs is specified");
        }
        set_range(&unit, report, 0..=255);
    }
}

fn git(source: &Field<'_>, report: &mut Report) {
    let directory = source.at("directory");
    if let Some(fault) = directory.nonempty_text().and_then(|text| names::descending_path(&text)) {
        directory.invalid(report, fault);
    }
}

fn host_path(source: &Field<'_>, report: &mut Report) {
    let path = source.at("path");
    if let Some(fault) = path.nonempty_text().and_then(|text| names::path_without_backsteps(&text)) {
        path.invalid(report, fault);
    }
    let types = ["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];
    set_choice(&source.at("type"), report, &types);
}

fn image(source: &Field<'_>, report: &mut Report) {
    let policy = source.at("pullPolicy");
    if !policy.is("") {
        set_choice(&policy, report, &["Always", "IfNotPresent", "Never"]);
    }
}

fn iscsi(source: &Field<'_>, report: &mut Report) {
    let name = source.at("iqn");
    let is_valid = |text: &str| ["iqn", "eui", "naa"].iter().any(|prefix| text.starts_with(prefix));
    if name.nonempty_text().is_some_and(|text| !is_valid(&text)) {
        name.invalid(report, "must be valid format starting with iqn, eui, or naa");
    }
    set_range(&source.at("lun"), report, 0..=255);
    let needs_secret = source.at("chapAuthDiscovery").is_true() || source.at("chapAuthSession").is_true();
    if needs_secret {
        require(&source.at("secretRef"), report);
    }
}

fn nfs(source: &Field<'_>, report: &mut Report) {
    let path = source.at("path");
    if path.nonempty_text().is_some_and(|text| !text.starts_with('/')) {
        path.invalid(report, "must be an absolute path");
    }
}

fn projected(source: &Field<'_>, report: &mut Report) {
    file_mode(&source.at("defaultMode"), report);
    let mut paths = HashSet::new();
    for projection in source.at("sources").elements() {
        let sources = PROJECTIONS.iter().filter(|name| projection.at(name).is_set());
        for source in sources.skip(1) {
            projection.at(source).invalid(report, "may not specify more than 1 volume type per source");
        }
        for name in ["secret", "configMap"] {
            let object = projection.at(name);
            if object.is_set() {
                require_text(&object.at("name"), report);
                items(&object.at("items"), report);
                unique_paths(&object.at("items"), &mut paths, report);
            }
        }
        let files = projection.at("downwardAPI.items");
        downward_files(&files, report);
        unique_paths(&files, &mut paths, report);
        token(&projection.at("serviceAccountToken"), report);
    }
}

fn unique_paths(items: &Field<'_>, paths: &mut HashSet<String>, report: &mut Report) {
    for item in items.elements() {
        let path = item.at("path");
        if let Some(text) = path.nonempty_text()
            && !paths.insert(text.to_string())
        {
            path.invalid(report, "conflicting duplicate paths");
        }
    }
}

fn token(token: &Field<'_>, report: &mut Report) {
    if !token.is_set() {
        return;
    }
    let (seconds, path) = (token.at("expirationSeconds"), token.at("path"));
    if seconds.set_integer().is_some_and(|value| value < 600) {
        seconds.invalid(report, "may not specify a duration less than 10 minutes");
    }
    if seconds.set_integer().is_some_and(|value| value > 1 << 32) {
        seconds.invalid(report, "may not specify a duration larger than 2^32 seconds");
    }
    require_text(&path, report);
    if let Some(fault) = path.nonempty_text().and_then(|text| names::volume_file(&text)) {
        path.invalid(report, fault);
    }
}
