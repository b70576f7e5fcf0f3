// Reads the manifests named as strictly as can be: each document must be an object of a kind listed
// below, with no field that the Kubernetes API does not know, none twice and none of another type.
// A folder stands for what kustomize makes of it. Prints all of them as JSON for the tests; what is
// wrong goes to standard error.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	strict "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// What of the Prometheus operator they use. Source: its API reference, monitoring.coreos.com/v1.
type serviceMonitor struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		Selector  meta.LabelSelector `json:"selector"`
		Endpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

var kinds = map[string]func() any{
	"apps/v1 Deployment":                       func() any { return &apps.Deployment{} },
	"monitoring.coreos.com/v1 ServiceMonitor":  func() any { return &serviceMonitor{} },
	"networking.k8s.io/v1 Ingress":             func() any { return &networking.Ingress{} },
	"networking.k8s.io/v1 NetworkPolicy":       func() any { return &networking.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":            func() any { return &policy.PodDisruptionBudget{} },
	"rbac.authorization.k8s.io/v1 Role":        func() any { return &rbac.Role{} },
	"rbac.authorization.k8s.io/v1 RoleBinding": func() any { return &rbac.RoleBinding{} },
	"v1 ConfigMap":                             func() any { return &core.ConfigMap{} },
	"v1 Namespace":                             func() any { return &core.Namespace{} },
	"v1 PersistentVolumeClaim":                 func() any { return &core.PersistentVolumeClaim{} },
	"v1 Secret":                                func() any { return &core.Secret{} },
	"v1 Service":                               func() any { return &core.Service{} },
	"v1 ServiceAccount":                        func() any { return &core.ServiceAccount{} },
}

var separator = regexp.MustCompile(`(?m)^---[ \t]*\n`)

type entry struct {
	File   string `json:"file"`
	Object any    `json:"object"`
}

func read(document []byte) (any, error) {
	var kind meta.TypeMeta
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	if err := strict.UnmarshalCaseSensitivePreserveInts(text, &kind); err != nil {
		return nil, err
	}
	name := kind.APIVersion + " " + kind.Kind
	if kinds[name] == nil {
		return nil, fmt.Errorf("%q is no kind that is known here", name)
	}
	object := kinds[name]()
	// Unlike yaml.UnmarshalStrict, this tells "runAsuser" from "runAsUser".
	problems, err := strict.UnmarshalStrict(text, object)
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	return object, err
}

// What `kubectl apply -k` would send; the version is that of the oldest kubectl we promise.
func kustomized(folder string) ([]byte, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return made.AsYaml()
}

func textOf(path string) ([]byte, error) {
	about, err := os.Stat(path)
	if err == nil && about.IsDir() {
		return kustomized(path)
	}
	return os.ReadFile(path)
}

func readFile(file string) ([]entry, error) {
	var entries []entry
	text, err := textOf(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, document := range separator.Split(string(text), -1) {
		if len(bytes.TrimSpace([]byte(document))) == 0 {
			continue
		}
		object, err := read([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		entries = append(entries, entry{file, object})
	}
	return entries, nil
}

func main() {
	entries, isFine := []entry{}, true
	for _, file := range os.Args[1:] {
		found, err := readFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			isFine = false
		}
		entries = append(entries, found...)
	}
	if err := json.NewEncoder(os.Stdout).Encode(entries); err != nil || !isFine {
		os.Exit(1)
	}
}
