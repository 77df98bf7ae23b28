module github.com/helpdesk-exporter/helpdesk-exporter/ci/deploy

go 1.26.8

require (
	github.com/blang/semver/v4 v4.0.0 // indirect
	sigs.k8s.io/kustomize/api v0.21.2 // indirect
	sigs.k8s.io/kustomize/kyaml v0.21.2 // indirect
)
