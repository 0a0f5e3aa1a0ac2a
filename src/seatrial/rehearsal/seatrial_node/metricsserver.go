package main

import (
	"github.com/spf13/cobra"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/metrics-server/cmd/metrics-server/app/options"
	"sigs.k8s.io/metrics-server/pkg/api"
	generatedopenapi "sigs.k8s.io/metrics-server/pkg/api/generated/openapi"
)

// metricsServer is metrics-server's own command, with its OpenAPI definitions under the names that Kubernetes 1.35
// looks for. metrics-server 0.8.0 was generated for 1.33, which named them by Go path: without the new names it stops
// with "cannot find model definition for io.k8s.metrics...".
func metricsServer(stop <-chan struct{}) *cobra.Command {
	o := options.NewOptions()
	command := &cobra.Command{
		Use:          "metrics-server",
		SilenceUsage: true,
		RunE:         func(*cobra.Command, []string) error { return serveMetrics(o, stop) },
	}
	sections := o.Flags()
	for _, flags := range sections.FlagSets {
		command.Flags().AddFlagSet(flags)
	}
	return command
}

func serveMetrics(o *options.Options, stop <-chan struct{}) error {
	if problems := o.Validate(); len(problems) > 0 {
		return problems[0]
	}
	config, err := o.ServerConfig()
	if err != nil {
		return err
	}
	namer := openapinamer.NewDefinitionNamer(api.Scheme)
	v2 := genericapiserver.DefaultOpenAPIConfig(renamedDefinitions, namer)
	v2.Info = config.Apiserver.OpenAPIConfig.Info
	config.Apiserver.OpenAPIConfig = v2
	v3 := genericapiserver.DefaultOpenAPIV3Config(renamedDefinitions, namer)
	v3.Info = config.Apiserver.OpenAPIV3Config.Info
	config.Apiserver.OpenAPIV3Config = v3
	server, err := config.Complete()
	if err != nil {
		return err
	}
	return server.RunUntil(stop)
}

func renamedDefinitions(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	renamed := map[string]common.OpenAPIDefinition{}
	refByNewName := func(path string) spec.Ref { return ref(util.ToRESTFriendlyName(path)) }
	for path, definition := range generatedopenapi.GetOpenAPIDefinitions(refByNewName) {
		for i, dependency := range definition.Dependencies {
			definition.Dependencies[i] = util.ToRESTFriendlyName(dependency)
		}
		renamed[util.ToRESTFriendlyName(path)] = definition
	}
	return renamed
}
