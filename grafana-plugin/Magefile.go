//go:build mage

// The build that Grafana's tools look for; `make plugin` does the same without mage.
package main

import (
	build "github.com/grafana/grafana-plugin-sdk-go/build"
	"github.com/magefile/mage/mg"
)

// Default builds the backend for all platforms.
func Default() { mg.Deps(build.BuildAll) }
