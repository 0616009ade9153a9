//! `IAMPolicyGenerator`: a ServiceAccount that is bound to a service account of Google Cloud.

use std::sync::Arc;

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::Located;
use crate::resource::Resource;
use crate::yaml::{Style, Tag, Tree};

#[derive(Debug, Default, Deserialize)]
#[serde(rename = "embeds:*", rename_all = "camelCase", default)]
struct IamPolicyConfig {
    cloud: Located<String>,
    kubernetes_service: KubernetesService,
    service_account: ServiceAccount,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KubernetesService {
    name: Located<String>,
    namespace: Located<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceAccount {
    name: Located<String>,
    project_id: Located<String>,
}

/// Generates the ServiceAccount.
///
/// # Errors
/// Fails for other cloud providers, and if the service account has no name.
pub fn generate(configuration: &Resource) -> Result<Vec<Resource>> {
    let config: IamPolicyConfig = super::configuration::read(configuration)?;
    if config.cloud.value != "gke" {
        return Err(Diagnostic::error(
            Code::InvalidValue,
            format!("cloud provider {} not supported yet", config.cloud.value),
        )
        .at(config.cloud.position, "only `gke` is supported"));
    }
    let position = configuration.position();
    if config.service_account.name.is_empty() {
        // kustomize generates invalid YAML in this case.
        return Err(Diagnostic::error(Code::InvalidValue, "the service account has no name")
            .at(position, "this plugin")
            .hint("set `serviceAccount.name`"));
    }
    let mut tree = Tree::new_mapping(position);
    let root = tree.root();
    let plain = |tree: &mut Tree, parent, key: &str, text: &Located<String>| {
        let value = tree.scalar(text, Tag::None, Style::Plain, text.position);
        tree.append_entry(parent, key, value);
    };
    let fixed = |text: &str| Located { value: text.to_string(), position };
    plain(&mut tree, root, "apiVersion", &fixed("v1"));
    plain(&mut tree, root, "kind", &fixed("ServiceAccount"));
    let metadata = tree.mapping(position);
    tree.append_entry(root, "metadata", metadata);
    let annotations = tree.mapping(position);
    tree.append_entry(metadata, "annotations", annotations);
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        config.service_account.name.value, config.service_account.project_id.value
    );
    let account = Located { value: account, position: config.service_account.name.position };
    plain(&mut tree, annotations, "iam.gke.io/gcp-service-account", &account);
    plain(&mut tree, metadata, "name", &config.kubernetes_service.name);
    if !config.kubernetes_service.namespace.is_empty() {
        plain(&mut tree, metadata, "namespace", &config.kubernetes_service.namespace);
    }
    Ok(vec![Resource::new(Arc::new(tree))])
}
